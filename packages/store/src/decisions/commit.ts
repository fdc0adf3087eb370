import { fault } from '@falsework/core/errors';
import type { Commit, CommitResult } from '@falsework/core/ports';
import type { Context } from '../context.ts';
import { SNAPSHOT, STATE } from '../rows/decision-shapes.ts';
import { storedName } from '../rows/names.ts';

// Decisions keep the evidence that they rested on. Of the evidence itself the last epochs are kept
// for people; with an epoch per build, twenty are weeks of work, and a late batch for an older one
// still finds its place.
const EPOCHS_KEPT = 20;
// A step is a change of stage or share, and every epoch is at least one.
const STEPS_KEPT = 200;

/**
 * Writes a decision, the state and the snapshot in the caller's transaction, if the state that it
 * was decided on is still the present one. Whoever comes second writes nothing and is told so.
 * Throws `FW_STORE_COMMIT`.
 */
export async function commitDecision(context: Context, commit: Commit): Promise<CommitResult> {
  checkWhole(commit);
  if (!(await replaceState(context, commit))) return 'stale';
  const { trx, migration } = context;
  const { state, decision } = commit;
  await trx
    .insertInto('fw_decisions')
    .values({
      migration,
      sequence: decision.sequence,
      at: decision.at,
      decision: JSON.stringify(decision),
    })
    .execute();
  if (state.version === 1) {
    await trx.insertInto('fw_traffic').values({ migration, probes: 0 }).execute();
  }
  await forgetOldEvidence(context, commit);
  return 'committed';
}

/**
 * The compare-and-swap: one statement, so that on PostgreSQL the second of two waits for the first
 * and then misses.
 */
async function replaceState({ trx, migration }: Context, commit: Commit): Promise<boolean> {
  const { version } = commit.state;
  const row = {
    version,
    state: JSON.stringify(commit.state),
    snapshot: JSON.stringify(commit.snapshot),
  };
  if (version === 1) {
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('fw_migrations')
      .values({ name: migration, ...row })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n;
  }
  const { numUpdatedRows } = await trx
    .updateTable('fw_migrations')
    .set(row)
    .where('name', '=', migration)
    .where('version', '=', version - 1)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/**
 * What `decide` returned in one piece must be written in one piece; anything else would break the
 * log for good.
 */
function checkWhole({ state, decision, snapshot }: Commit): void {
  const [wrongState, wrongSnapshot] = [STATE.check(state), SNAPSHOT.check(snapshot)];
  const wrongs = [
    wrongState === null ? null : `state${wrongState}`,
    wrongSnapshot === null ? null : `snapshot${wrongSnapshot}`,
    state.version < 1 ? `state.version is ${state.version}` : null,
    decision.sequence === state.version ? null : 'the decision is not the one behind the state',
    snapshot.version === state.version ? null : 'the snapshot is not of the state',
    decision.migration === state.name && snapshot.migration === state.name
      ? null
      : 'its parts name different migrations',
  ];
  const because = wrongs.find((wrong) => wrong !== null) ?? null;
  if (because !== null)
    throw fault('FW_STORE_COMMIT', { migration: storedName(state.name), because });
}

async function forgetOldEvidence({ trx, migration }: Context, { state }: Commit): Promise<void> {
  const epochBelow = state.epoch.ordinal - EPOCHS_KEPT;
  const stepBelow = state.step - STEPS_KEPT;
  // Nothing to look for while a migration is young, which most stay.
  if (epochBelow > 0) {
    for (const table of ['fw_strata', 'fw_signatures', 'fw_pairs'] as const) {
      await trx
        .deleteFrom(table)
        .where('migration', '=', migration)
        .where('epoch', '<=', epochBelow)
        .execute();
    }
  }
  if (stepBelow > 0) {
    await trx
      .deleteFrom('fw_seams')
      .where('migration', '=', migration)
      .where('step', '<=', stepBelow)
      .execute();
  }
}
