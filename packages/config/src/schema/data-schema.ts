import { z } from 'zod';
import { flag, section, textLeaf } from './leaf.ts';
import { line, timer, wait } from './scalars.ts';

const database = textLeaf({
  expects: 'a postgres:// URL with a host or a database',
  parse: (value) => {
    const text = String(value).trim();
    return /^postgres(?:ql)?:\/\/[^\s]+$/i.test(text) && URL.canParse(text) ? text : undefined;
  },
});

const SQL_LENGTH_MAX = 20_000;
const text = textLeaf({
  expects: `SQL of 1 to ${SQL_LENGTH_MAX} characters`,
  parse: (value) => {
    const sql = String(value);
    return sql.trim() === '' || sql.length > SQL_LENGTH_MAX || sql.includes('\0') ? undefined : sql;
  },
});

const name = textLeaf({
  expects: 'a table or a column of 1 to 130 characters',
  parse: (value) => {
    const found = String(value);
    return found === '' || found.length > 130 || /\p{Cc}/u.test(found) ? undefined : found;
  },
});

const part = z.union([text, z.strictObject({ table: name })], {
  error: 'SQL, or { table } for a table of the plan',
});

/** A piece of SQL: `sql`…`` in TypeScript, `{ sql: … }` elsewhere. */
const sqlPiece = z.strictObject(
  {
    sql: z
      .union([text, z.array(part).min(1)], { error: 'SQL, or a list of SQL and { table }' })
      .transform((sql) => (typeof sql === 'string' ? [sql] : sql)),
  },
  { error: 'sql`…`, or { sql: … }' },
);

const constant = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const columnRule = section(
  {
    from: z.union([name, sqlPiece]).optional().describe('A column of the source, or SQL over them'),
    constant: constant.optional().describe('The same value in every row'),
    isOwn: flag('whether the column is the follower’s own').optional(),
    lossy: line('why it may hold less than the source').optional(),
    compare: z.enum(['value', 'text'], { error: 'value or text' }).optional(),
  },
  'a column { from, constant, isOwn, lossy, compare }',
);

const column = z.union([name, sqlPiece, columnRule], {
  error: 'a column of the source, sql`…`, or { from, constant, isOwn, lossy, compare }',
});

const tableRule = section(
  {
    to: name.describe('The table of the candidate’s store'),
    columns: z.record(name, column, { error: 'columns by name' }).optional(),
    dropped: z.record(name, line('the reason'), { error: 'reasons by column' }).optional(),
    where: sqlPiece.optional(),
    toWhere: sqlPiece.optional(),
    key: z.array(name, { error: 'a list of columns' }).min(1).optional(),
    back: z.record(name, z.union([name, sqlPiece]), { error: 'columns by name' }).optional(),
  },
  'a table { to, columns, … }',
);

const invariant = z.union(
  [sqlPiece, section({ legacy: sqlPiece, candidate: sqlPiece }, '{ legacy, candidate }')],
  { error: 'sql`…`, or { legacy, candidate } where the stores need a statement each' },
);

const side = z.enum(['legacy', 'candidate'], { error: 'legacy or candidate' });

const workflows = z.union(
  [z.literal('none'), section({ on: side, count: sqlPiece }, '{ on, count }')],
  { error: 'none, or { on, count }: SQL that counts the runs still under way' },
);

const limits = section(
  {
    rehearsalValid: wait.prefault('7d').describe('For how long a rehearsal of the way back counts'),
    retain: wait.prefault('14d').describe('For how long the gap after the seal is kept'),
    fence: timer.prefault('10s').describe('When a fence falls by itself'),
    patience: timer.prefault('250ms').describe('How long writers wait at once for one under way'),
    copyShare: z
      .number({ error: 'a share above 0, up to 1' })
      .gt(0)
      .max(1)
      .prefault(1)
      .describe('Which part of the time comparing may work'),
  },
  '{ rehearsalValid, retain, fence, patience, copyShare }',
);

const readKeys = z.record(name, z.union([name, z.null()], { error: 'a column, *, or null' }), {
  error: 'columns by table',
});

const reads = section(
  {
    keys: readKeys.describe(
      'By table of the legacy store: the column that names the key of a read, * where each change concerns every key, null where reads do not look',
    ),
    keysBack: readKeys.optional().describe('The same by table of the candidate’s store'),
  },
  '{ keys, keysBack }',
);

/** The two stores, and how the tables of one become the tables of the other. */
export const dataSchema = section(
  {
    from: database.describe('The legacy store'),
    to: database.describe('The candidate’s store'),
    capture: z
      .enum(['trigger', 'application', 'logical'], { error: 'trigger, application or logical' })
      .prefault('trigger')
      .describe('How writes of the legacy store are caught'),
    tables: z
      .record(name, z.union([tableRule, z.array(tableRule).min(1)]), { error: 'tables by name' })
      .describe('By table of the legacy store'),
    invariants: z
      .record(name, invariant, { error: 'invariants by name' })
      .prefault({})
      .describe('Statements that must give the same on both stores'),
    workflows: workflows
      .optional()
      .describe('How runs that began on the old side are counted; seal needs none'),
    reads: reads
      .optional()
      .describe('Has the guard keep a read with legacy until the candidate’s store has its writes'),
    limits: limits.prefault({}),
  },
  'a data { from, to, tables, … }',
);

export type DataSection = z.output<typeof dataSchema>;
