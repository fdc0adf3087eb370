import type { Distribution } from '@falsework/client/contract';

/**
 * Columns of the chart of latencies: milliseconds, and the part of each side's calls, in percent.
 */
export type LatencyColumns = [
  ms: number[],
  legacy: (number | null)[],
  candidate: (number | null)[],
];

/** Both curves over one axis; where only one has a point, the other is passed over. */
export function latencyColumns({
  legacy,
  candidate,
}: Pick<Distribution, 'legacy' | 'candidate'>): LatencyColumns {
  const [ofLegacy, ofCandidate] = [byMs(legacy), byMs(candidate)];
  const ms = [...new Set([...ofLegacy.keys(), ...ofCandidate.keys()])].sort((a, b) => a - b);
  const columnOf = (curve: ReadonlyMap<number, number>): (number | null)[] =>
    ms.map((at) => curve.get(at) ?? null);
  return [ms, columnOf(ofLegacy), columnOf(ofCandidate)];
}

/** A curve by its milliseconds. Several parts may lie in one bucket: the largest is what counts. */
function byMs(curve: Distribution['legacy']): Map<number, number> {
  return new Map(curve.filter(([at]) => at > 0).map(([at, part]) => [at, part * 100]));
}
