import { compared } from '@falsework/core/evidence';
import type { SeamVolume } from '@falsework/core/ports';
import type { Database } from '../context.ts';
import { decode } from '../rows/codec.ts';
import { COUNTS } from '../rows/evidence-shapes.ts';

/**
 * How much was compared at each seam in each epoch. O(strata × steps kept). Throws
 * `FW_STORE_CORRUPT`.
 */
export async function readVolumes(db: Database, migration: string): Promise<SeamVolume[]> {
  const rows = await db
    .selectFrom('fw_strata')
    .select(['epoch', 'step', 'seam', 'stratum', 'counts'])
    .where('migration', '=', migration)
    .orderBy('epoch')
    .orderBy('seam')
    .execute();
  const volumes = new Map<string, SeamVolume>();
  for (const { epoch, step, seam, stratum, counts } of rows) {
    const key = [migration, epoch, step, seam, stratum];
    const { verdicts } = decode(counts, COUNTS, { table: 'fw_strata', key, column: 'counts' });
    const at = `${epoch}\0${seam}`;
    const before = volumes.get(at)?.compared ?? 0;
    volumes.set(at, { epoch, seam, compared: before + compared(verdicts) });
  }
  return [...volumes.values()];
}
