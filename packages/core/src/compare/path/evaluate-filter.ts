import { compareDecimals } from '../values/decimal.ts';
import { ABSENT, familyOf } from '../values/family.ts';
import { decimalOf, isAnyNumber } from '../values/numbers.ts';
import { childrenOf, type FilterScope, selectNodes } from './evaluate.ts';
import { testIRegexp } from './i-regexp.ts';
import { isJsonEqual } from './json-equal.ts';
import type { Condition, FilterQuery, FunctionCall, Operand, Selector } from './path-query.ts';

/** True when the filter selects `node`. Never throws; spends from the scope's budget. */
export function isSelected(condition: Condition, node: unknown, scope: FilterScope): boolean {
  switch (condition.kind) {
    case 'or':
      return condition.terms.some((term) => isSelected(term, node, scope));
    case 'and':
      return condition.terms.every((term) => isSelected(term, node, scope));
    case 'not':
      return !isSelected(condition.term, node, scope);
    case 'exists':
      return select(condition.query, node, scope).length > 0;
    case 'call':
      return callLogical(condition, node, scope);
    case 'comparison': {
      const left = valueOf(condition.left, node, scope);
      const right = valueOf(condition.right, node, scope);
      return isComparisonTrue(condition.operator, left, right, scope);
    }
  }
}

function select(query: FilterQuery, node: unknown, scope: FilterScope): readonly unknown[] {
  return selectNodes(query, node, scope, testFilter);
}

function testFilter(selector: Selector, child: unknown, scope: FilterScope): boolean {
  return selector.kind === 'filter' && isSelected(selector.condition, child, scope);
}

/** The value of an operand, or {@link ABSENT}, which is RFC 9535's Nothing. */
function valueOf(operand: Operand, node: unknown, scope: FilterScope): unknown {
  switch (operand.kind) {
    case 'literal':
      return operand.value;
    case 'query': {
      // A well-typed operand selects one node at most; here "at most" is settled.
      const nodes = select(operand, node, scope);
      return nodes.length === 1 ? nodes[0] : ABSENT;
    }
    case 'call':
      return callValue(operand, node, scope);
  }
}

function isComparisonTrue(
  operator: string,
  left: unknown,
  right: unknown,
  scope: FilterScope,
): boolean {
  switch (operator) {
    case '==':
      return isJsonEqual(left, right, scope.budget);
    case '!=':
      return !isJsonEqual(left, right, scope.budget);
    case '<':
      return isLess(left, right);
    case '>':
      return isLess(right, left);
    case '<=':
      return isLess(left, right) || isJsonEqual(left, right, scope.budget);
    default:
      return isLess(right, left) || isJsonEqual(left, right, scope.budget);
  }
}

/** Only two strings or two numbers have an order; everything else is simply not less. */
function isLess(left: unknown, right: unknown): boolean {
  if (typeof left === 'string' && typeof right === 'string') return isTextLess(left, right);
  if (!isAnyNumber(left) || !isAnyNumber(right)) return false;
  const [a, b] = [decimalOf(left), decimalOf(right)];
  return a !== undefined && b !== undefined && compareDecimals(a, b) < 0;
}

/**
 * By Unicode code point, as the RFC asks. JavaScript's own order puts every surrogate before
 * U+E000; where two texts first differ inside a pair, the low surrogates are in the order of their
 * characters.
 */
function isTextLess(left: string, right: string): boolean {
  let i = 0;
  while (i < left.length && i < right.length && left[i] === right[i]) i += 1;
  return (left.codePointAt(i) ?? -1) < (right.codePointAt(i) ?? -1);
}

/** `match` and `search`; false unless both arguments are strings. */
function callLogical(call: FunctionCall, node: unknown, scope: FilterScope): boolean {
  const [subject, pattern] = call.args.map((arg) => valueOf(arg, node, scope));
  if (typeof subject !== 'string' || typeof pattern !== 'string') return false;
  return testIRegexp(subject, pattern, call.name === 'match');
}

/** `length`, `count` and `value`. */
function callValue(call: FunctionCall, node: unknown, scope: FilterScope): unknown {
  const [argument] = call.args;
  if (argument === undefined) return ABSENT;
  if (call.name === 'length') return lengthOf(valueOf(argument, node, scope), scope);
  const nodes = argument.kind === 'query' ? select(argument, node, scope) : [];
  if (call.name === 'count') return nodes.length;
  return nodes.length === 1 ? nodes[0] : ABSENT;
}

/** Characters, not UTF-16 units; elements; members. Nothing else has a length. */
function lengthOf(value: unknown, scope: FilterScope): unknown {
  if (typeof value === 'string') return [...value].length;
  const family = familyOf(value);
  if (family === 'array') return (value as readonly unknown[]).length;
  if (family === 'object' || family === 'map') return childrenOf(value, scope).length;
  return ABSENT;
}
