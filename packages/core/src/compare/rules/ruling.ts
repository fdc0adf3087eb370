import { type Decimal, parseDecimal } from '../values/decimal.ts';
import { parseDurationMs } from './duration.ts';
import { compilePattern } from './pattern.ts';
import type { IsSame, Rule, ToleranceRule } from './rule.ts';

/** What all rules that apply at one node amount to: parsed once, precedence settled. */
export interface Ruling {
  readonly isIgnored: boolean;
  readonly isSame: IsSame | null;
  /** How to pair the elements of an array; null for position by position. */
  readonly pairing: 'unordered' | { readonly by: string } | null;
  readonly tolerance: ToleranceBounds | null;
  readonly withinMs: number | null;
  readonly pattern: RegExp | null;
  readonly isSameTypeEnough: boolean;
  readonly isAbsentNull: boolean;
}

export interface ToleranceBounds {
  readonly abs: Decimal | null;
  readonly rel: Decimal | null;
}

/** No rule applies: plain equality. */
export const NO_RULING: Ruling = Object.freeze({
  isIgnored: false,
  isSame: null,
  pairing: null,
  tolerance: null,
  withinMs: null,
  pattern: null,
  isSameTypeEnough: false,
  isAbsentNull: false,
});

/** True when a node that only one side has may pass under this ruling. */
export function isAbsenceExcusable({ isIgnored, isSame, isAbsentNull }: Ruling): boolean {
  return isIgnored || isAbsentNull || isSame !== null;
}

/** True when two nodes of different content may pass under this ruling, whatever lies beneath. */
export function isContentExcusable(ruling: Ruling): boolean {
  if (isAbsenceExcusable(ruling) || ruling.isSameTypeEnough) return true;
  return ruling.tolerance !== null || ruling.withinMs !== null || ruling.pattern !== null;
}

/**
 * Settles the rules of one node, given in list order: of two that speak of the same thing the later
 * stands.
 */
export function rulingOf(rules: readonly Rule[]): Ruling {
  if (rules.length === 0) return NO_RULING;
  return Object.freeze(
    rules.reduce<Ruling>((ruling, rule) => ({ ...ruling, ...effectOf(rule) }), NO_RULING),
  );
}

function effectOf(rule: Rule): Partial<Ruling> {
  switch (rule.rule) {
    case 'ignore':
      return { isIgnored: true };
    case 'custom':
      return { isSame: rule.isSame };
    case 'unordered':
      return { pairing: 'unordered' };
    case 'keyed':
      return { pairing: { by: rule.by } };
    case 'tolerance':
      return { tolerance: boundsOf(rule) };
    case 'instant':
      return { withinMs: parseDurationMs(rule.within) ?? 0 };
    case 'pattern':
      return { pattern: compilePattern(rule.regex) ?? null };
    case 'same-type':
      return { isSameTypeEnough: true };
    case 'absent-is-null':
      return { isAbsentNull: true };
    // It has done what it does when the rules were loaded.
    case 'strict':
      return {};
  }
}

function boundsOf({ abs, rel }: ToleranceRule): ToleranceBounds {
  return { abs: decimalBound(abs), rel: decimalBound(rel) };
}

function decimalBound(bound: number | undefined): Decimal | null {
  return bound === undefined ? null : (parseDecimal(String(bound)) ?? null);
}
