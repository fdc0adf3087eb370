import { operatingError, usageError } from './definition.ts';

/**
 * Errors of the data side. `database` is what people call a store (`legacy`, `candidate`), never
 * its address. The server's own text may quote rows, so of its errors only the code is told.
 */
export const DATA_ERRORS = {
  FW_DATA_SERVER: usageError({
    title: 'A store cannot take part in the migration',
    message: (f: { database: string; because: string }) =>
      `${f.database} cannot be used: ${f.because}. Nothing was changed.`,
    action: 'Set up the server or the role, or give the address of another one.',
  }),
  FW_DATA_TABLE: usageError({
    title: 'A table cannot take part in the migration',
    message: (f: { table: string; database: string; because: string }) =>
      `Table ${f.table} of ${f.database} cannot be used: ${f.because}. Nothing was changed.`,
    action: 'Correct the table in the plan, or what is said of it.',
  }),
  FW_DATA_COLUMN: usageError({
    title: 'A column of the mapping does not hold together',
    message: (f: { table: string; column: string; because: string }) =>
      `Column ${f.column} of ${f.table}: ${f.because}. Nothing was changed.`,
    action:
      'Correct the mapping of that column; `falsework data plan` shows what both stores have.',
  }),
  FW_DATA_KEY: usageError({
    title: 'Rows of a table cannot be told apart',
    message: (f: { table: string; because: string }) =>
      `Rows of ${f.table} cannot be told apart: ${f.because}. Nothing was changed.`,
    action: 'Give the table a primary key, or name unique columns under `key`.',
  }),
  FW_DATA_CAPTURE_OTHER: operatingError({
    title: 'The capture that is installed is another one',
    message: (f: { database: string; schema: string; because: string }) =>
      `Schema ${f.schema} of ${f.database} has a capture in it: ${f.because}. Nothing was changed.`,
    action: 'Remove that capture first, or give this migration another name.',
    retryable: false,
    httpStatus: 409,
  }),
  FW_DATA_NOT_INSTALLED: operatingError({
    title: 'Something that should be in the database is not there',
    message: (f: { database: string; what: string }) =>
      `There is no ${f.what} in ${f.database}. Nothing was changed.`,
    action:
      'Install it; if it was there before, find out who removed it: writes since then are unreported.',
    retryable: false,
    httpStatus: 409,
  }),
  FW_DATA_PLACE: operatingError({
    title: 'The source is not the one that the follower was fed from',
    message: (f: { database: string; direction: string; because: string }) =>
      `The ${f.direction} feed cannot go on from ${f.database}: ${f.because}. Numbers of transactions there mean ` +
      'others than they did, so changes would be passed over. Nothing was changed.',
    action:
      'Find out what happened to that server, then begin the feed anew and compare everything.',
    retryable: false,
    httpStatus: 409,
  }),
  FW_DATA_ROTATED: operatingError({
    title: 'Changes that the follower has not seen were thrown away',
    message: (f: { database: string; follower: string; direction: string }) =>
      `${f.database} no longer has all the changes since ${f.follower} last heard of it (${f.direction} feed). ` +
      'Nothing was changed.',
    action: 'Begin the feed anew: copy the tables again and compare everything.',
    retryable: false,
    httpStatus: 409,
  }),
  FW_DATA_DEFINITION: operatingError({
    title: 'A mapping has changed since its rows were written',
    message: (f: { mapping: string; follower: string; direction: string }) =>
      `Rows of ${f.mapping} in ${f.follower} were written by another definition of the mapping (${f.direction} feed). ` +
      'Nothing was changed.',
    action:
      'Put the mapping back as it was, or begin the feed anew so that every row is written by the new one.',
    retryable: false,
    httpStatus: 409,
  }),
  FW_DATA_SLOT: operatingError({
    title: 'The log of the source cannot be read on',
    message: (f: { database: string; slot: string; because: string }) =>
      `The log of ${f.database} cannot be read through slot ${f.slot}: ${f.because}. Nothing was changed.`,
    action:
      'Set the server right, then remove capture, install it again and begin the feed anew: ' +
      'changes that the slot did not keep cannot be told any more.',
    retryable: false,
    httpStatus: 409,
  }),
  FW_DATA_UNREACHABLE: operatingError({
    title: 'A database cannot be reached',
    message: (f: { database: string; operation: string; because: string }) =>
      `${f.database} cannot be reached (${f.because}) while ${f.operation}. It was done as a whole or not at all.`,
    action:
      'Check that the server runs and that the role may connect; it is tried again by itself.',
  }),
  FW_DATA_BUSY: operatingError({
    title: 'A database is busy',
    message: (f: { database: string; operation: string; because: string }) =>
      `${f.database} was busy (${f.because}) while ${f.operation}. That step was undone.`,
    action: 'It may be tried again; if it stays busy, look for transactions that stay open.',
  }),
  FW_DATA_FULL: operatingError({
    title: 'A database has run out of something',
    message: (f: { database: string; operation: string; because: string }) =>
      `${f.database} ran out of disk, memory or connections (${f.because}) while ${f.operation}. That step was undone.`,
    action: 'Make room, then go on: nothing is lost as long as the source keeps its events.',
  }),
  FW_DATA_DENIED: operatingError({
    title: 'The role may not do that',
    message: (f: { database: string; operation: string; because: string }) =>
      `The role has no permission in ${f.database} (${f.because}) for ${f.operation}. That step was undone.`,
    action: 'Grant what is missing; `falsework data plan` lists it.',
    retryable: false,
    httpStatus: 403,
  }),
  FW_DATA_FAILED: operatingError({
    title: 'A database failed',
    message: (f: { database: string; operation: string; because: string }) =>
      `${f.database} failed (${f.because}) while ${f.operation}. That step was undone; ` +
      'if the connection broke at the very end, it may have been done.',
    action: 'See the cause in the log; repeating a step never does it twice.',
    retryable: false,
    httpStatus: 500,
  }),
  FW_DATA_BACKFILL_CAPTURE: operatingError({
    title: 'Capture was not seen working',
    message: (f: { table: string; database: string; because: string }) =>
      `Table ${f.table} of ${f.database}: ${f.because}. Rows that are copied while changes go unreported ` +
      'would be wrong for good, so nothing was copied.',
    action: 'Install capture for the table, or let its reader run, then start the backfill again.',
    exitCode: 3,
    httpStatus: 409,
  }),
  FW_DATA_BACKFILL_ROWS: operatingError({
    title: 'The follower has rows that nobody has brought there',
    message: (f: { table: string; database: string; rows: number; isAtLeast: boolean }) =>
      `Table ${f.table} of ${f.database} has ${f.isAtLeast ? 'at least ' : ''}${f.rows} rows that neither the ` +
      'drain nor a backfill has written. They were left as they are, and nothing was copied.',
    action:
      'Empty the table, or allow rows to be written over: those that the source has not will show in the comparison.',
    retryable: false,
    exitCode: 3,
    httpStatus: 409,
  }),
  FW_DATA_BACKFILL_RUNNING: operatingError({
    title: 'A backfill is running already',
    message: (f: { database: string; direction: string }) =>
      `Another process copies into ${f.database} (${f.direction}). This one has changed nothing.`,
    action: 'Watch that one, change its limits, or stop it first.',
    exitCode: 3,
    httpStatus: 409,
  }),
  FW_DATA_BACKFILL_TAKEN: operatingError({
    title: 'Another backfill has taken over',
    message: (f: { table: string; database: string; attempt: number }) =>
      `Copying ${f.table} into ${f.database} was taken over while attempt ${f.attempt} was at it, or has come to ` +
      'its end. The chunk under way was undone; what was copied before is kept.',
    action: 'Leave it to the other one; find out who started it.',
    retryable: false,
    httpStatus: 409,
  }),
  FW_DATA_BACKFILL_CHANGED: operatingError({
    title: 'A table is not what the mapping knows',
    message: (f: {
      table: string;
      database: string;
      because: string;
      rows: number;
      chunks: number;
    }) =>
      `${f.database} no longer has ${f.table}, or a column or type of it, as the mapping has it (${f.because}). ` +
      `${f.rows} rows in ${f.chunks} chunks are copied and kept; the chunk under way was undone.`,
    action:
      'Plan again: a generated, missing or retyped column is named there. Then start the backfill again.',
    retryable: false,
    httpStatus: 409,
  }),
  FW_DATA_BACKFILL_FULL: operatingError({
    title: 'A store ran out of room during the backfill',
    message: (f: {
      table: string;
      database: string;
      because: string;
      rows: number;
      chunks: number;
    }) =>
      `${f.database} ran out of disk or memory (${f.because}) while ${f.table} was copied. ` +
      `${f.rows} rows in ${f.chunks} chunks are copied and kept; the chunk under way was undone.`,
    action: 'Make room, then start the backfill again: it goes on behind the last chunk.',
    httpStatus: 507,
  }),
  FW_DATA_BACKFILL_DENIED: operatingError({
    title: 'The role may not copy the table',
    message: (f: {
      table: string;
      database: string;
      because: string;
      rows: number;
      chunks: number;
    }) =>
      `The role has no permission in ${f.database} for copying ${f.table} (${f.because}). ` +
      `${f.rows} rows in ${f.chunks} chunks are copied and kept; the chunk under way was undone.`,
    action:
      'Grant SELECT on the source, INSERT and UPDATE on the follower, and TEMPORARY on its database; then start again.',
    retryable: false,
    httpStatus: 403,
  }),
  FW_DATA_BACKFILL_STOPPED: operatingError({
    title: 'The backfill could not go on',
    message: (f: {
      table: string;
      database: string;
      because: string;
      rows: number;
      chunks: number;
    }) =>
      `Copying ${f.table} came to a halt on ${f.database} (${f.because}). ` +
      `${f.rows} rows in ${f.chunks} chunks are copied and kept; the chunk under way was undone.`,
    action:
      'See the cause in the log, then start the backfill again: it goes on behind the last chunk.',
  }),
  FW_DATA_BACKFILL_LIMIT: usageError({
    title: 'A limit of the backfill means nothing',
    message: (f: { limit: string; because: string }) =>
      `Limit ${f.limit} of the backfill: ${f.because}. The limits stay as they were.`,
    action: 'Give a number above 0, null for no bound, or pause the backfill.',
  }),
  FW_DATA_RECONCILE_OPTION: usageError({
    title: 'An option of reconciling is not valid',
    message: (f: { option: string; because: string }) =>
      `The option ${f.option} of reconciling is not valid: ${f.because}. Nothing was compared.`,
    action: 'Correct the option, or leave it out for its default.',
  }),
  FW_DATA_RECONCILE_RUNNING: operatingError({
    title: 'Another run is reconciling already',
    message: (f: { follower: string; direction: string }) =>
      `Another run is comparing the ${f.direction} feed to ${f.follower}, and two at once would take ` +
      'each other’s unfinished keys away. Nothing was compared.',
    action: 'Wait for the other run, or stop it: the next one goes on where it stopped.',
    httpStatus: 409,
  }),
  FW_DATA_RECONCILE_BEHIND: operatingError({
    title: 'The follower is too far behind to be compared',
    message: (f: { mapping: string; follower: string; because: string; waitedMs: number }) =>
      `The mapping ${f.mapping} cannot be compared: ${f.because}, and waiting for ${f.waitedMs} ms did not ` +
      `help. What had been compared of ${f.follower} by then is kept.`,
    action:
      'See that the drain runs and keeps up, then reconcile again: it goes on where it stopped.',
  }),
  FW_DATA_INVARIANT: usageError({
    title: 'An invariant cannot be evaluated',
    message: (f: { invariant: string; database: string; because: string }) =>
      `The invariant ${f.invariant} cannot be evaluated on ${f.database}: ${f.because}. Nothing was changed.`,
    action:
      'Correct the statement; it must be one query, and it may name tables of the plan by table(…).',
  }),
} as const;
