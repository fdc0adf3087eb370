import { operatingError, usageError } from './definition.ts';

/**
 * Errors of switching the authority from one store to the other. Each says which store takes writes
 * now: that is the only thing that whoever reads it at night wants to know first.
 */
export const TURNOVER_ERRORS = {
  FW_DATA_UNCONFIGURED: usageError({
    title: 'The configuration says nothing of stores',
    message: (f: { migration: string }) =>
      `Migration ${f.migration} has no \`data\` section, so there are no stores to work on. Nothing was changed.`,
    action: 'Add `data: { from, to, tables }` to the configuration.',
  }),
  FW_DATA_REFUSED: usageError({
    title: 'The plan for the stores does not hold together',
    message: (f: { count: number; because: string }) =>
      `The plan is refused for ${f.count} reasons, the first: ${f.because}`,
    action: 'See all of them with `falsework data plan`.',
  }),
  FW_TURNOVER_FENCE_FELL: operatingError({
    title: 'The fence fell before the switch was complete',
    message: (f: { database: string }) =>
      `The fence of ${f.database} is not ours any more, or it fell by itself: somebody may have written since. ` +
      `The switch was undone, and ${f.database} takes writes.`,
    action:
      'Try again when both stores are less busy; `falsework data status` shows how long each step took.',
    httpStatus: 409,
  }),
  FW_TURNOVER_TIMEOUT: operatingError({
    title: 'A step of the switch took too long',
    message: (f: { step: string; timeoutMs: number; because: string; database: string }) =>
      `Step ${f.step} of the switch was not done within ${f.timeoutMs} ms: ${f.because}. ` +
      `The switch was undone, and ${f.database} takes writes.`,
    action:
      'Remove what it waited for and try again; nobody was kept from writing for longer than the fence stood.',
    httpStatus: 409,
  }),
  FW_TURNOVER_DIVERGED: operatingError({
    title: 'The stores are not equal',
    message: (f: { rows: number; mappings: string; database: string }) =>
      `${f.rows} rows differ between the stores (${f.mappings}), compared at rest. ` +
      `The switch was undone, and ${f.database} takes writes.`,
    action: 'See the rows with `falsework data reconcile`, find the cause, repair, and try again.',
    retryable: false,
    httpStatus: 409,
  }),
  FW_TURNOVER_INVARIANT: operatingError({
    title: 'A business invariant differs between the stores',
    message: (f: { names: string; database: string }) =>
      `Invariants differ between the stores at rest: ${f.names}. The switch was undone, and ${f.database} takes writes.`,
    action:
      'Compare what both stores answer to it; either a mapping changes its meaning or rows are missing.',
    retryable: false,
    httpStatus: 409,
  }),
  FW_TURNOVER_LATE_WRITE: operatingError({
    title: 'Somebody wrote behind the fence',
    message: (f: { database: string }) =>
      `A write of ${f.database} was reported after its last snapshot was taken behind the fence. ` +
      `The switch was undone, and ${f.database} takes writes.`,
    action:
      'Find the writer that passes by the fence: a table without it, or a role that marks its writes as ours.',
    retryable: false,
    httpStatus: 409,
  }),
  FW_TURNOVER_DEAD_LETTERS: operatingError({
    title: 'Rows are missing on the follower',
    message: (f: { count: number; database: string }) =>
      `${f.count} rows were refused by the follower and are missing there. The switch was undone, and ${f.database} takes writes.`,
    action: 'Put the rows or the mapping right; `falsework data status` lists them.',
    retryable: false,
    httpStatus: 409,
  }),
  FW_TURNOVER_SPLIT: operatingError({
    title: 'Which store takes writes cannot be told',
    message: (f: { legacy: string; candidate: string }) =>
      `Legacy's store ${f.legacy} and the candidate's store ${f.candidate}. Nothing was changed.`,
    action:
      'Finish the run that was interrupted: `falsework data turnover --execute` or `falsework data rollback --execute`.',
    retryable: false,
    httpStatus: 409,
  }),
  FW_TURNOVER_UNVERIFIED: operatingError({
    title: 'The stores could not be compared as a whole',
    message: (f: { database: string; direction: string; because: string }) =>
      `${f.database} could not be compared as a whole (${f.direction} feed): ${f.because}. Nothing was switched.`,
    action:
      'See `falsework data status`: the drain has to keep up, and planted faults have to be found.',
    httpStatus: 409,
  }),
  FW_TURNOVER_ANNOUNCE: operatingError({
    title: 'Control did not take over what the stores have done',
    message: (f: { because: string }) =>
      `The stores have switched and stay so, but control did not follow: ${f.because}.`,
    action:
      'Repeat the command to tell control again, or take the switch back; `falsework explain` says what is missing.',
    retryable: false,
    httpStatus: 409,
  }),
} as const;
