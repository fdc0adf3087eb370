import type { StoredPair } from '@falsework/core/evidence';
import { alignLines } from './align-lines.ts';
import { layOutJson, plainLines, type ShownLine } from './lay-out-json.ts';

/** One row of a side-by-side view. A side without a line on it has an empty text. */
export interface PairRow {
  readonly legacy: string;
  readonly candidate: string;
  readonly isDifferent: boolean;
}

/**
 * Both texts of a pair, line by line. JSON is laid out first, its members in one order, so that
 * only what differs looks different.
 */
export function pairRows({
  format,
  legacy,
  candidate,
}: Pick<StoredPair, 'format' | 'legacy' | 'candidate'>): PairRow[] {
  const [left, right] = linesOf(format, legacy, candidate);
  return alignLines(left, right).map(([a, b]) => ({
    legacy: a?.text ?? '',
    candidate: b?.text ?? '',
    isDifferent: a?.same !== b?.same,
  }));
}

function linesOf(
  format: StoredPair['format'],
  legacy: string,
  candidate: string,
): readonly [ShownLine[], ShownLine[]] {
  const laidOut = format === 'json' ? [layOutJson(legacy), layOutJson(candidate)] : [];
  return [laidOut[0] ?? plainLines(legacy), laidOut[1] ?? plainLines(candidate)];
}
