import type { Comparator } from '../compare/comparator.ts';
import { signaturesOf } from '../compare/signature.ts';
import { redactDocument, redactValue } from './redact-document.ts';
import { redactText } from './redact-text.ts';
import type { Redaction } from './redaction.ts';
import { RedactionTokens } from './tokens.ts';

/** Both answers to one request, as texts. */
export interface PairTexts {
  readonly format: 'json' | 'text';
  readonly legacy: string;
  readonly candidate: string;
}

/** How a pair is redacted. */
export interface PairOptions {
  readonly redaction: Redaction;
  /** Give it where more is kept of the pair, such as its request; by default a new one. */
  readonly tokens?: RedactionTokens;
  /** The longest text of a side, in UTF-16 units: `PAIR_LENGTH_MAX` for pairs that are stored. */
  readonly lengthMax: number;
}

/**
 * Both texts of a pair without their secrets. What was equal is equal, what was different is
 * different, between the sides and within each. `null` when one of them is too long or cannot be
 * vouched for, as {@link redactDocument} says. Never throws.
 *
 * ```ts
 * const redaction = compileRedaction(['$.customer.name']);
 * const pair = { format: 'json', legacy: body, candidate: other } as const;
 * const kept = redactPair(pair, { redaction, lengthMax: PAIR_LENGTH_MAX });
 * ```
 */
export function redactPair(pair: PairTexts, options: PairOptions): PairTexts | null {
  const { redaction, tokens = new RedactionTokens(), lengthMax } = options;
  const redact = (text: string): string | null =>
    pair.format === 'json'
      ? redactDocument(text, { redaction, tokens, lengthMax })
      : redactWhole(text, { redaction, tokens, lengthMax });
  return bothOf(pair.format, redact(pair.legacy), redact(pair.candidate));
}

/** The same of two JavaScript values, as JSON; `null` also where JSON cannot say one of them. */
export function redactValues(
  legacy: unknown,
  candidate: unknown,
  { redaction, tokens = new RedactionTokens(), lengthMax }: PairOptions,
): PairTexts | null {
  const redact = (value: unknown): string | null =>
    redactValue(value, { redaction, tokens, lengthMax });
  return bothOf('json', redact(legacy), redact(candidate));
}

/**
 * The causes of a pair that can still be seen in what is kept of it: those that a rule can be tried
 * on. A difference in a header, or between values that JSON says alike, is not among them.
 */
export function causesStillShown(
  { ids, seam }: { readonly ids: readonly string[]; readonly seam: string },
  { format, legacy, candidate }: PairTexts,
  comparator: Comparator,
): string[] {
  const comparison =
    format === 'json' ? comparator.json(legacy, candidate) : comparator.values(legacy, candidate);
  const shown = new Set(signaturesOf(comparison, seam).map(({ id }) => id));
  return ids.filter((id) => shown.has(id));
}

function bothOf(
  format: PairTexts['format'],
  legacy: string | null,
  candidate: string | null,
): PairTexts | null {
  return legacy === null || candidate === null ? null : { format, legacy, candidate };
}

/** A text is one value: a path that selects the root takes out all of it. */
function redactWhole(
  text: string,
  { redaction, tokens, lengthMax }: Required<PairOptions>,
): string | null {
  if (text.length > lengthMax) return null;
  if (redaction.trie.root.ruling.isIgnored) {
    return text === '' ? '' : tokens.text('secret', tokens.withoutImpostors(text));
  }
  const redacted = redactText(text, redaction, tokens);
  return redacted.length > lengthMax ? null : redacted;
}
