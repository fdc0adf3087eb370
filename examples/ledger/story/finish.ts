import { setTimeout as pause } from 'node:timers/promises';
import { REPAIRED_BUILD } from './prove.ts';
import {
  approve,
  type Cast,
  isReadyFor,
  mustDo,
  onceAllowedAfter,
  PHASE_MS,
} from './stage-hands.ts';

// A step is announced to planes and worker by then.
const SETTLE_MS = 1_500;

/** Legacy falls silent, its code is deleted, and Falsework leaves both stores. */
export async function finish(cast: Cast): Promise<void> {
  const { set, bank, watcher, narrator } = cast;
  await pause(SETTLE_MS);
  const rowsAtSeal = await rowsOfLegacy(cast);
  set.deleteLegacyCode();
  narrator.tell('the code that read the old ledger is deleted');
  const beside = ['approval', 'legacy-code'];
  await watcher.until('strike', (now) => isReadyFor(now, 'strike', beside), PHASE_MS);
  await approve(cast, 'strike', ['ada']);
  // A scan of the source tree is evidence for as long as legacy has to be silent, and no longer.
  const scan = (): Promise<unknown> => mustDo(cast, 'check', '--report');
  await onceAllowedAfter(cast, scan, 'advance', '--to', 'strike', '--by', 'ada', '--execute');
  if ((await rowsOfLegacy(cast)) !== rowsAtSeal) {
    throw new Error('The old ledger was written after the seal.');
  }
  await bank.struck(REPAIRED_BUILD);
  await set.stopDataSide();
  await mustDo(cast, 'data', 'strike', '--execute', '--json');
  narrator.tell('strike: outboxes, triggers, fences and watermarks are gone from both stores');
}

/** Every row of the old ledger in one number, to see whether one of them changes. */
async function rowsOfLegacy({ set }: Cast): Promise<string> {
  const tables = ['accounts', 'journal', 'postings', 'holds', 'month_close'];
  const sums = tables.map(
    (table) => `(select coalesce(sum(hashtextextended(t::text, 0)), 0) from ${table} t)`,
  );
  const [row] = await set.stores.legacy.use((session) =>
    session.rows(`select concat_ws(' ', ${sums.join(', ')})`),
  );
  return row?.[0] ?? '';
}
