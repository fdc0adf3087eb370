import type { MigrationStatus } from '@falsework/client/contract';

/** Stretches of time that the charts can show; the name stands in the address. */
export const RANGES = [
  { name: 'epoch', words: 'This epoch' },
  { name: '10m', words: '10 min' },
  { name: '1h', words: 'Hour' },
  { name: '1d', words: 'Day' },
  { name: 'all', words: 'All' },
] as const;

const LENGTHS_MS: Readonly<Record<string, number>> = {
  '10m': 600_000,
  '1h': 3_600_000,
  '1d': 86_400_000,
};
// A chart of no length cannot be drawn; right after a new epoch this much is shown.
const LENGTH_MS_MIN = 10_000;

/** The ends of the horizontal axis, in seconds. */
export function frameOf(
  range: string | null,
  {
    status: { startedAt, epoch },
    now,
  }: {
    readonly status: Pick<MigrationStatus, 'startedAt' | 'epoch'>;
    readonly now: number;
  },
): [from: number, to: number] {
  const lengthMs = range === null ? undefined : LENGTHS_MS[range];
  const begin = range === 'all' ? startedAt : epoch.openedAt;
  const from = lengthMs === undefined ? begin : Math.max(startedAt, now - lengthMs);
  return [Math.min(from, now - LENGTH_MS_MIN) / 1_000, now / 1_000];
}
