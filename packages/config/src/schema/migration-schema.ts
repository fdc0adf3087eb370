import { z } from 'zod';
import { controlSchema } from './control-schema.ts';
import { dataSchema } from './data-schema.ts';
import { guardSchema } from './guard-schema.ts';
import { flag, section, textLeaf } from './leaf.ts';
import { notifySchema } from './notify-schema.ts';
import { policySchema } from './policy-schema.ts';
import { lastDay, line, share, slug, timer } from './scalars.ts';

const seam = section(
  { sample: share.optional(), timeout: timer.optional() },
  '{ sample, timeout }',
);

const seamName = textLeaf({
  expects: 'the name of a seam in code, such as pricing.quote',
  parse: (value) =>
    /^[A-Za-z][A-Za-z0-9_.:/-]{0,199}$/.test(String(value)) ? String(value) : undefined,
});

const KEY_LENGTH_MAX = 256;

const cohortKey = textLeaf({
  expects: `a key of 1 to ${KEY_LENGTH_MAX} characters on one line`,
  parse: (value) => {
    const text = String(value);
    const isKey = text !== '' && text.length <= KEY_LENGTH_MAX && !/\p{Cc}/u.test(text);
    return isKey ? text : undefined;
  },
});

// Every plane holds every key of the cohorts in force, and gets them anew with each snapshot.
const COHORT_KEYS_MAX = 50_000;

const cohort = z
  .array(cohortKey, { error: "list('a/file.txt') or a list of keys" })
  .min(1, { error: 'at least one key' })
  .max(COHORT_KEYS_MAX, { error: `at most ${COHORT_KEYS_MAX} keys` });

const glob = textLeaf({
  expects: 'a glob relative to the repository, with forward slashes, such as src/legacy/**',
  parse: (value) => {
    const text = String(value);
    const leavesRoot = text.startsWith('/') || text.split('/').includes('..');
    return text === '' || leavesRoot || /[\\\p{Cc}]/u.test(text) ? undefined : text;
  },
});

/**
 * The settings of a migration, one schema per top-level key: each is validated even when another is
 * wrong.
 */
export const MIGRATION_SHAPE = {
  name: slug.describe('Never changes: it salts the sticky buckets'),
  owner: line('the team or person who ends this migration'),
  deleteBy: lastDay.describe('The last day, in UTC, on which anything of the old may exist'),
  money: flag('whether the migration moves money').prefault(false),
  store: z
    .enum(['shared', 'separate'], { error: 'shared or separate' })
    .prefault('shared')
    .describe('Whether both sides work on one store (or none), or each on its own'),
  guard: guardSchema.optional(),
  data: dataSchema.optional(),
  seams: z.record(seamName, seam, { error: 'seams by name' }).prefault({}),
  cohorts: z.record(slug, cohort, { error: 'lists of keys by name' }).prefault({}),
  policy: policySchema.prefault({}),
  legacyCode: z.array(glob, { error: 'a list of globs' }).prefault([]),
  longTail: z.array(line('a rare event'), { error: 'a list of events' }).prefault([]),
  notify: notifySchema.prefault([]).describe('Who is told of it, and of what'),
  control: controlSchema.prefault({}),
} as const;

/** The whole of a migration. */
export const migrationSchema = section(MIGRATION_SHAPE, 'a migration');

/** Every section once it has been read. */
export type Sections = z.output<typeof migrationSchema>;
