import { formatCount, formatCounted } from '@falsework/core/text';
import { bookkeepingSchema, captureNames } from '@falsework/data';
import type { Entry } from '../load/book.ts';
import { effectsOfEntries } from '../load/writers.ts';
import { type Cast, mustDo, onceAllowed, PHASE_MS } from './stage-hands.ts';

/** The build of the candidate that has the fault, and the one that has not. */
export const FAULTY_BUILD = 1;
export const REPAIRED_BUILD = 2;

const LOST_REF = '00000000-0000-4000-8000-00000000105e';
const LOST_CENTS = 4_711n;
// Enough that nobody could call it chance.
const DIFFERENCES = 100;

/** From nothing to two equal stores: capture, the copy of the past, and the first comparison. */
export async function copyThePast(cast: Cast): Promise<void> {
  const { set, watcher, narrator } = cast;
  await mustDo(cast, 'data', 'plan');
  narrator.tell('falsework data plan: every column goes over, and comes back');
  await set.startDataSide();
  await watcher.until('backfill', ({ stage }) => stage === 'backfill', PHASE_MS);
  narrator.tell('falsework data start: capture was seen working; the stage is backfill');
  const { result } = await mustDo(cast, 'data', 'backfill', '--execute', '--json');
  narrator.tell(
    `falsework data backfill: ${formatCount(Number(result?.['rows']))} rows copied beside the writers`,
  );
  await watcher.until('reconcile', ({ stage }) => stage === 'reconcile', PHASE_MS);
}

/** An event is lost between the stores; comparing finds it, and the stores are made equal. */
export async function findLostEvent(cast: Cast): Promise<number> {
  const { narrator } = cast;
  await loseAnEvent(cast);
  narrator.tell('planted: an entry is posted, and its events are lost before anybody drains them');
  const found = await cast.set.falsework('data', 'reconcile', '--json');
  const rows = divergentRows(found.result);
  if (found.exit !== 3 || rows === 0) throw new Error(`The loss was not found:\n${found.out}`);
  narrator.tell(`falsework data reconcile: ${formatCounted(rows, 'row')} missing, exit 3`);
  await cast.set.falsework('data', 'reconcile', '--repair', '--execute', '--json');
  await onceAllowed(cast, 'data', 'reconcile', '--json');
  narrator.tell('falsework data reconcile --repair: repaired, and equal in every row since');
  return rows;
}

/** The first build of the candidate is wrong by less than a hundredth of a cent. */
export async function findSubCentFault({ set, bank, watcher, narrator }: Cast): Promise<number> {
  await watcher.until('shadow', ({ stage }) => stage === 'shadow', PHASE_MS);
  narrator.tell('shadow: reads of accounts are run on the new ledger too, and compared');
  const differing = ({ strata }: { strata: readonly { differing: number }[] }): number =>
    strata.reduce((sum, one) => sum + one.differing, 0);
  const status = await watcher.until(
    'differences',
    (now) => differing(now) >= DIFFERENCES,
    PHASE_MS,
  );
  const [cause] = await watcher.causes(status.epoch.ordinal);
  narrator.tell(`build ${FAULTY_BUILD}: ${formatCount(differing(status))} comparisons differ`);
  const example = cause?.samples.at(-1);
  const values = example ? `${example.legacy} → ${example.candidate}` : '';
  narrator.detail(`#${cause?.id.slice(0, 4)}  ${cause?.template}  ${cause?.kind}  ${values}`);
  if (status.share.percent > 0 || status.share.cohorts.length > 0) {
    throw new Error('A read had moved before the fault was found.');
  }
  await bank.deploy(REPAIRED_BUILD, set.link());
  narrator.tell(`a fix is deployed: build ${REPAIRED_BUILD}. Its evidence starts from nothing`);
  return differing(status);
}

async function loseAnEvent({ bank }: Cast): Promise<void> {
  const [from, to] = bank.accounts;
  const entry: Entry = {
    ref: LOST_REF,
    at: new Date(Date.UTC(2025, 11, 20)),
    memo: 'an entry whose events are lost',
    batch: null,
    lines: [
      { account: from?.id ?? '', cents: LOST_CENTS },
      { account: to?.id ?? '', cents: -LOST_CENTS },
    ],
  };
  const schema = bookkeepingSchema('ledger');
  const outboxes = ['journal', 'postings'].map((table) => {
    const { outbox } = captureNames(schema, { schema: 'public', table });
    return `${outbox.schema}.${outbox.table}`;
  });
  await bank.write({
    ref: entry.ref,
    effects: effectsOfEntries([entry]),
    act: async (ledger, session) => {
      await ledger.post(session, entry);
      for (const outbox of outboxes) {
        await session.run(`delete from ${outbox} where xid = pg_current_xact_id()`);
      }
    },
    acknowledged: () => bank.book.posted(entry),
    unanswered: () => bank.book.maybePosted(entry),
  });
}

function divergentRows(result: Readonly<Record<string, unknown>> | null): number {
  const passes = (result?.['passes'] ?? []) as readonly {
    readonly divergences: Readonly<Record<string, number>>;
  }[];
  return passes
    .flatMap(({ divergences }) => Object.values(divergences))
    .reduce((sum, count) => sum + count, 0);
}
