import type { Rule } from '../compare/rules/rule.ts';
import { classOf, unquoted } from './difference-shape.ts';
import type { SignatureRecord } from './signature-record.ts';

/**
 * A rule that would excuse a cause, with why it is proposed. A person decides whether it should.
 */
export interface ProposedRule {
  readonly rule: Rule;
  readonly because: string;
}

const SECOND_MS = 1_000;

/**
 * The narrowest rule that would have excused every stored example of a cause; `null` when none of
 * them is narrow enough to be proposed. Wide rules (ignoring a path) are proposed only for what
 * legacy shows against itself, where nothing can be learned from the values anyway.
 */
export function proposeRule(record: SignatureRecord): ProposedRule | null {
  const { template, kind, samples, isNoise } = record;
  const propose = (rule: Rule, because: string): ProposedRule => ({ rule, because });
  switch (kind) {
    case 'order':
      return propose({ rule: 'unordered', path: template }, 'the same elements in another order');
    case 'null-absent':
    case 'undefined-absent':
      return propose(
        { rule: 'absent-is-null', path: template },
        'null on one side, absent on the other',
      );
    case 'number':
      return forNumbers(record);
    case 'string':
      return forTexts(record);
    default:
      return isNoise && samples.length > 0
        ? propose({ rule: 'ignore', path: template }, 'legacy does not agree with itself here')
        : null;
  }
}

function forNumbers({ template, samples, isNoise }: SignatureRecord): ProposedRule | null {
  const offs = samples.map(({ legacy, candidate }) => Math.abs(Number(legacy) - Number(candidate)));
  const largest = Math.max(...offs);
  if (samples.length === 0 || !Number.isFinite(largest)) return null;
  const isInstant = samples.every(({ legacy }) => Number(legacy) > 1e11);
  if (isInstant) return within(template, largest);
  const scale = Math.max(...samples.map(({ legacy }) => Math.abs(Number(legacy))));
  // A tolerance that is large beside the value itself hides faults; noise may need it all the same.
  if (!isNoise && largest > scale * 0.01) return null;
  const abs = roundedUp(largest);
  const because = `every example is within ${abs}`;
  return { rule: { rule: 'tolerance', path: template, abs }, because };
}

function forTexts({ template, samples, isNoise }: SignatureRecord): ProposedRule | null {
  const pairs = samples.map(
    ({ legacy, candidate }) => [unquoted(legacy), unquoted(candidate)] as const,
  );
  if (pairs.length === 0) return null;
  const isAll = (name: string): boolean =>
    pairs.every(([legacy, candidate]) => classOf(legacy) === name && classOf(candidate) === name);
  if (isAll('instant')) {
    const offs = pairs.map(([legacy, candidate]) =>
      Math.abs(Date.parse(legacy) - Date.parse(candidate)),
    );
    return within(template, Math.max(...offs));
  }
  if (isAll('uuid') || isAll('hex')) {
    const because = 'an identifier that is made anew for each answer';
    return { rule: { rule: 'same-type', path: template }, because };
  }
  if (!isNoise) return null;
  return {
    rule: { rule: 'ignore', path: template },
    because: 'legacy does not agree with itself here',
  };
}

/**
 * Instants made while answering are moments apart; anything else is a time zone or a fault, and no
 * noise.
 */
function within(template: string, largestMs: number): ProposedRule | null {
  const seconds = Math.max(1, Math.ceil(largestMs / SECOND_MS));
  if (!Number.isFinite(largestMs) || seconds > 60) return null;
  const because = `every example is within ${seconds} s`;
  return { rule: { rule: 'instant', path: template, within: `${seconds}s` }, because };
}

/** The next number of one significant digit: 0.0051 becomes 0.006. */
function roundedUp(value: number): number {
  if (value === 0) return 0;
  const unit = 10 ** Math.floor(Math.log10(value));
  return Number((Math.ceil(value / unit - 1e-9) * unit).toPrecision(1));
}
