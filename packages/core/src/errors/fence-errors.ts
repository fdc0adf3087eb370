import { usageError } from './definition.ts';

/** Errors of the fence before reads of a follower. */
export const FENCE_ERRORS = {
  FW_FENCE_TABLE: usageError({
    title: 'Reads of a table cannot be fenced as asked',
    message: (f: { table: string; because: string }) =>
      `Reads of ${f.table} cannot be fenced: ${f.because}. Nothing was changed.`,
    action:
      "Name for each table of the feed the column that says which key a row belongs to, '*' where each change concerns every key, or null where the fenced reads do not look at the table.",
  }),
} as const;
