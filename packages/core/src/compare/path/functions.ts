import { type FilterQuery, type FunctionName, isSingular, type Operand } from './path-query.ts';

/** RFC 9535's function extension types: one value or nothing, a truth value, a list of nodes. */
export type ExpressionType = 'value' | 'logical' | 'nodes';

interface FunctionSignature {
  readonly parameters: readonly ExpressionType[];
  readonly result: ExpressionType;
}

/**
 * The five functions of RFC 9535 section 2.4. There is no way to register more: a rule must mean
 * one thing.
 */
export const FUNCTIONS: Readonly<Record<FunctionName, FunctionSignature>> = {
  length: { parameters: ['value'], result: 'value' },
  count: { parameters: ['nodes'], result: 'value' },
  match: { parameters: ['value', 'value'], result: 'logical' },
  search: { parameters: ['value', 'value'], result: 'logical' },
  value: { parameters: ['nodes'], result: 'value' },
};

export function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(FUNCTIONS, name);
}

/**
 * What is wrong with `operand` as a parameter or operand of `type`, in words for the error; else
 * undefined.
 */
export function mistyped(operand: Operand, type: ExpressionType): string | undefined {
  if (type === 'nodes') return operand.kind === 'query' ? undefined : 'a path starting with @ or $';
  if (operand.kind === 'literal') return undefined;
  if (operand.kind === 'query') return singularityProblem(operand);
  if (FUNCTIONS[operand.name].result === 'value') return undefined;
  return `a value, which ${operand.name}() does not give`;
}

function singularityProblem(query: FilterQuery): string | undefined {
  return isSingular(query) ? undefined : 'a path that selects one node: names and indices only';
}
