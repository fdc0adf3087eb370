// What a configuration file imports. Kept apart from the loader, which hands exactly this to the
// file that it evaluates.
export {
  absentIsNull,
  custom,
  ignore,
  instant,
  keyed,
  pattern,
  sameType,
  strict,
  tolerance,
  unordered,
} from '@falsework/core/compare';
export { sql, table } from './data-sql.ts';
export { defineMigration } from './define-migration.ts';
export { cookie, header, path, query } from './key-source.ts';
export { env, file, list } from './references.ts';
