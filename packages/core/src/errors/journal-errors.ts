import { operatingError, usageError } from './definition.ts';

/** Errors of writes that pass through the guard and its journal. Never a body, never a key. */
export const JOURNAL_ERRORS = {
  FW_JOURNAL_LOCKED: operatingError({
    title: 'Another process has the journal',
    message: (f: { folder: string; because: string }) =>
      `The journal in ${f.folder} cannot be taken for this process alone (${f.because}). ` +
      'Two processes writing it would lose writes. Nothing was changed.',
    action:
      'Give each guard a journal folder of its own, or end the process that has this one; ' +
      'nothing has to be removed after a crash.',
    httpStatus: 500,
  }),
  FW_JOURNAL_CORRUPT: operatingError({
    title: 'The journal is damaged in what was once durable',
    message: (f: { folder: string; segment: string; because: string }) =>
      `${f.segment} in ${f.folder} cannot be trusted: ${f.because}. This is not what a crash leaves behind, ` +
      'so writes may be missing. Nothing was changed.',
    action:
      'Keep the folder for examination, check the disk, and reconcile the two stores before you start ' +
      'with an empty folder.',
    retryable: false,
    httpStatus: 500,
  }),
  FW_JOURNAL_FAILED: operatingError({
    title: 'The journal cannot be written',
    message: (f: { folder: string; because: string }) =>
      `The journal in ${f.folder} could not be written (${f.because}), and after that nobody knows what of it ` +
      'is on the disk. No further write is taken; this one was not sent, but may still be carried out, under its ' +
      'idempotency key, once the guard has started again.',
    action: 'Check the disk, then start the guard again: what is in doubt is then resolved.',
    retryable: true,
  }),
  FW_JOURNAL_FULL: operatingError({
    title: 'The journal has no room for another write',
    message: (f: { used: string; limit: string; what: string }) =>
      `The journal holds ${f.used} of ${f.limit} ${f.what}, because the follower takes writes more slowly than they ` +
      'come, or not at all. This write reached neither side.',
    action:
      'Look at the dead letters and at the follower; raise the limit if the disk has room. Callers may try again.',
  }),
  FW_JOURNAL_CLOSED: operatingError({
    title: 'The journal is closed',
    message: (f: { folder: string }) =>
      `The journal in ${f.folder} was closed, because the guard is stopping. Nothing was written.`,
    action: 'Try again: another guard, or this one once it has started, will take the write.',
  }),
  FW_WRITE_KEY_BUSY: operatingError({
    title: 'An earlier write on the same key is not over',
    message: (f: { waitedMs: number }) =>
      `An earlier write on the same key had no known end for ${f.waitedMs} ms, and overtaking it could ` +
      'let the older one win. This write reached neither side.',
    action: 'Try again; if it stays so, look at the authority and at the writes in doubt.',
  }),
  FW_WRITE_BODY_LONG: operatingError({
    title: 'The body of a write is longer than the journal takes',
    message: () =>
      'The body of this write is longer than the journal takes. It reached neither side.',
    action: 'Send less, or raise `guard.writes.body`.',
    retryable: false,
    httpStatus: 413,
  }),
  FW_WRITE_FOLDER: usageError({
    title: 'The folder for the journal of writes cannot be used',
    message: (f: { folder: string; because: string }) =>
      `The folder ${f.folder} for the journal of writes cannot be used: ${f.because}. Nothing was started.`,
    action: 'Give a folder that this process may make and write, on a disk of this machine.',
  }),
  FW_WRITES_UNREACHABLE: operatingError({
    title: 'No guard answers for a folder of writes',
    message: (f: { folder: string; because: string }) =>
      `No guard answers for the writes in ${f.folder} (${f.because}). Nothing was changed.`,
    action:
      'Start the guard that has this folder, or name another one with --folder: a journal is settled by its guard.',
  }),
  FW_WRITE_IDENTIFIER: usageError({
    title: 'Identifiers are declared in a way that cannot be followed',
    message: (f: { got: string; because: string }) =>
      `The identifiers ${f.got} cannot be followed: ${f.because}. Nothing was started.`,
    action: 'Correct the declaration of the identifiers.',
  }),
} as const;
