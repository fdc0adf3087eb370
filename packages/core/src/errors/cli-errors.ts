import { usageError } from './definition.ts';

export const CLI_ERRORS = {
  FW_MIGRATION_UNNAMED: usageError({
    title: 'There are several migrations, or none',
    message: (f: { known: string }) => `Which migration is meant? There is: ${f.known}.`,
    action: 'Name one with --migration.',
  }),
  FW_CAUSE_AMBIGUOUS: usageError({
    title: 'Several causes begin with these digits',
    message: (f: { id: string; ids: string }) => `#${f.id} could be any of ${f.ids}.`,
    action: 'Give more digits.',
  }),
  FW_RULE_FILE: usageError({
    title: 'A file of rules cannot be read',
    message: (f: { file: string; because: string }) =>
      `${f.file} cannot be read as rules: ${f.because}.`,
    action: 'Write a list of rules in JSON or YAML, such as [{ rule: ignore, path: $.quotedAt }].',
  }),
  FW_DATE: usageError({
    title: 'A date is not understood',
    message: (f: { date: string }) => `${JSON.stringify(f.date)} is not a date.`,
    action: 'Write it as 2027-03-31.',
  }),
  FW_GUARD_SIDES_MISSING: usageError({
    title: 'The guard needs two services',
    message: (f: { missing: string }) =>
      `The guard stands between two services: ${f.missing} is missing.`,
    action: 'Give --legacy and --candidate, or a configuration with --config.',
  }),
  FW_GUARD_NOT_CONFIGURED: usageError({
    title: 'The migration has no guard',
    message: (f: { migration: string }) =>
      `${f.migration} has no guard section in its configuration, so there is nothing to stand before.`,
    action: 'Add guard: { legacy, candidate } to it. Seams in code need no guard.',
  }),
} as const;
