import { operatingError, usageError } from './definition.ts';

/**
 * Errors of control's durable state. `store` names the file, or the server and database, never a
 * password.
 */
export const STORE_ERRORS = {
  FW_STORE_URL: usageError({
    title: 'The address of the store is not understood',
    message: (f: { because: string }) =>
      `The address of the store is not understood: ${f.because}. Nothing was opened.`,
    action: 'Give a file path, sqlite:PATH, or postgres://user:password@host:port/database.',
  }),
  FW_STORE_UNREACHABLE: operatingError({
    title: 'The store cannot be reached',
    message: (f: { store: string; because: string }) =>
      `${f.store} cannot be reached (${f.because}). Everything acknowledged is kept; what was under way ` +
      'was done as a whole or not at all.',
    action:
      'Check that the server runs, or that the folder exists and is writable, and that this account may use it.',
  }),
  FW_STORE_NEWER: operatingError({
    title: 'The store was written by a newer Falsework',
    message: (f: { store: string; found: number; known: number }) =>
      `${f.store} has schema version ${f.found}, this Falsework knows versions up to ${f.known}: ` +
      'going on could damage what it does not understand. Nothing was changed.',
    action: 'Run the newer version of Falsework, or point this one at another store.',
    retryable: false,
    httpStatus: 500,
  }),
  FW_STORE_BUSY: operatingError({
    title: 'The store is busy',
    message: (f: { store: string; operation: string; because: string }) =>
      `${f.operation} gave up waiting for another writer of ${f.store} (${f.because}). Nothing was changed.`,
    action: 'Try again; if it stays busy, look for a process that holds a transaction open.',
  }),
  FW_STORE_FAILED: operatingError({
    title: 'The store failed',
    message: (f: { store: string; operation: string; because: string }) =>
      `${f.operation} failed on ${f.store} (${f.because}). It was done as a whole or not at all; ` +
      'if the connection broke at the very end, it may have been done.',
    action: 'Read the state again, then repeat the operation: repeating never does it twice.',
  }),
  FW_STORE_CORRUPT: operatingError({
    title: 'A stored row does not parse',
    message: (f: { table: string; key: string; because: string }) =>
      `The row ${f.key} of ${f.table} does not parse: ${f.because}. It was left as it is.`,
    action:
      'Restore the store from a backup, or repair the row; a decision log can be replayed to rebuild the state.',
    retryable: false,
    httpStatus: 500,
  }),
  FW_STORE_COMMIT: operatingError({
    title: 'A commit does not hold together',
    message: (f: { migration: string; because: string }) =>
      `The commit for ${f.migration} does not hold together: ${f.because}. Nothing was written.`,
    action: 'This is a defect in the caller: commit what one call of decide returned, unchanged.',
    retryable: false,
    httpStatus: 500,
  }),
  FW_STORE_BATCH: usageError({
    title: 'A batch of evidence is not valid',
    message: (f: { migration: string; because: string }) =>
      `A batch of evidence for ${f.migration} is not valid: ${f.because}. Nothing of it was counted.`,
    action: 'Use planes of the same Falsework version as control; sending it again will not help.',
  }),
  FW_STORE_NO_MIGRATION: operatingError({
    title: 'There is no such migration in the store',
    message: (f: { migration: string }) =>
      `There is no migration named ${JSON.stringify(f.migration)} in the store, so nothing can be noted for it. ` +
      'Nothing was changed.',
    action: 'Start the migration first, or correct the name that the plane was given.',
    retryable: false,
    httpStatus: 404,
  }),
  FW_STORE_CLOSED: operatingError({
    title: 'The store is closed',
    message: (f: { store: string; operation: string }) =>
      `${f.operation} was asked of ${f.store} after it was closed. Nothing was done.`,
    action: 'Open the store again; close it only when nothing uses it any more.',
    retryable: false,
  }),
} as const;
