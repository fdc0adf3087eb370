import type { HistoryScope, StratumHistory } from '@falsework/core/ports';
import type { Database } from '../context.ts';
import { readJudged } from './stratum-row.ts';

/**
 * What was compared, by stratum and step of every epoch that is kept, latest first. Throws
 * `FW_STORE_CORRUPT`.
 */
export async function readHistory(
  db: Database,
  migration: string,
  { seam, stratum, limit }: HistoryScope,
): Promise<StratumHistory[]> {
  const rows = await db
    .selectFrom('fw_strata')
    .select(['migration', 'epoch', 'step', 'seam', 'stratum'])
    .select(['counts', 'slices', 'alarm', 'last_at'])
    .where('migration', '=', migration)
    .$if(seam !== null, (query) => query.where('seam', '=', seam as string))
    .$if(stratum !== null, (query) => query.where('stratum', '=', stratum as string))
    .orderBy('last_at', 'desc')
    .orderBy('epoch', 'desc')
    .orderBy('step', 'desc')
    .orderBy('seam')
    .orderBy('stratum')
    .limit(limit)
    .execute();
  return rows.map(readJudged).map(({ epoch, step, counts, slices, ...place }) => {
    const { seam: ofSeam, stratum: ofStratum } = place;
    return { epoch, step, seam: ofSeam, stratum: ofStratum, verdicts: counts.verdicts, slices };
  });
}
