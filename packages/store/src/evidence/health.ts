import type { HealthReport } from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import type { Context, Database } from '../context.ts';
import { decode } from '../rows/codec.ts';
import { HEALTH } from '../rows/evidence-shapes.ts';
import { shortText } from '../rows/names.ts';

const REASON_LENGTH_MAX = 500;

/**
 * Keeps the latest look at each side, whichever plane looked and in whatever order the looks
 * arrive.
 */
export async function noteHealth(
  { trx, migration }: Context,
  reports: readonly HealthReport[],
  now: Instant,
): Promise<void> {
  for (const report of latestBySide(reports).values()) {
    // A plane whose clock is ahead must not keep everybody else's newer look out.
    const at = Math.min(report.at, now);
    const because = report.because === null ? null : shortText(report.because, REASON_LENGTH_MAX);
    const build = report.build === null ? null : shortText(report.build, REASON_LENGTH_MAX);
    const row = { at, report: JSON.stringify({ ...report, at, because, build }) };
    await trx
      .insertInto('fw_health')
      .values({ migration, side: report.side, ...row })
      .onConflict((conflict) =>
        conflict.columns(['migration', 'side']).doUpdateSet(row).where('fw_health.at', '<=', at),
      )
      .execute();
  }
}

/** The last look at each side. Throws `FW_STORE_CORRUPT`. */
export async function readHealth(
  db: Database,
  migration: string,
): Promise<Partial<Record<Side, HealthReport>>> {
  const rows = await db
    .selectFrom('fw_health')
    .select(['side', 'report'])
    .where('migration', '=', migration)
    .execute();
  return Object.fromEntries(
    rows.map(({ side, report }) => {
      const name = { table: 'fw_health', key: [migration, side], column: 'report' };
      return [side, decode(report, HEALTH, name)];
    }),
  );
}

function latestBySide(reports: readonly HealthReport[]): Map<Side, HealthReport> {
  const latest = new Map<Side, HealthReport>();
  for (const report of reports) {
    const known = latest.get(report.side);
    if (!known || known.at <= report.at) latest.set(report.side, report);
  }
  return latest;
}
