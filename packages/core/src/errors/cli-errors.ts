import { usageError } from './definition.ts';

export const CLI_ERRORS = {
  FW_MIGRATION_UNNAMED: usageError({
    title: 'There are several migrations, or none',
    message: (f: { known: string }) => `Which migration is meant? There is: ${f.known}.`,
    action: 'Name one with --migration.',
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
