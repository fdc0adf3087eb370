import type { Finding } from './observation.ts';

const INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEX = /^[0-9a-f]{16,}$/i;
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const REDACTED = /^‹([a-z-]+):/;

// Steps of relative size: a rounding, a rate, a factor. Ten times more than was accepted is another
// difference.
const STEPS = [1e-6, 1e-4, 1e-2, 0.1, 0.5] as const;

/**
 * The coarse shape of one difference: not its values, but what somebody had in mind who accepted
 * it. A tax that is one cent off and a tax that is missing a digit are the same path and the same
 * kind; accepting the first must not accept the second. Pure, over redacted text.
 */
export function differenceShape({ kind, example }: Pick<Finding, 'kind' | 'example'>): string {
  const [legacy, candidate] = [unquoted(example.legacy), unquoted(example.candidate)];
  if (kind === 'number') return `number ${numberShape(Number(legacy), Number(candidate))}`;
  if (kind === 'string') return `string ${textShape(legacy, candidate)}`;
  return `${kind} ${classOf(legacy)} → ${classOf(candidate)}`;
}

function numberShape(legacy: number, candidate: number): string {
  if (!Number.isFinite(legacy) || !Number.isFinite(candidate)) return 'not finite';
  if (Math.sign(legacy) * Math.sign(candidate) < 0) return 'other sign';
  const off = Math.abs(legacy - candidate) / Math.max(Math.abs(legacy), Math.abs(candidate));
  const step = STEPS.find((limit) => off <= limit);
  const direction = candidate > legacy ? 'more' : 'less';
  return step === undefined ? `far ${direction}` : `within ${step} ${direction}`;
}

function textShape(legacy: string, candidate: string): string {
  if (legacy.trim() === candidate.trim()) return 'white space';
  if (legacy.toLowerCase() === candidate.toLowerCase()) return 'letter case';
  return `${classOf(legacy)} → ${classOf(candidate)}`;
}

/** What a text looks like, as far as it matters for calling two differences the same. */
export function classOf(text: string): string {
  if (text === '') return 'empty';
  const redacted = REDACTED.exec(text)?.[1];
  if (redacted !== undefined) return redacted;
  if (INSTANT.test(text)) return 'instant';
  if (DATE.test(text)) return 'date';
  if (UUID.test(text)) return 'uuid';
  if (NUMBER.test(text)) return 'number';
  if (HEX.test(text)) return 'hex';
  return 'text';
}

/** The text without the quotes that a shown string has. */
export function unquoted(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
