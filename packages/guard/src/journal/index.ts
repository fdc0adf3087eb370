export type { Entry, EntryState } from './entries.ts';
export type { Identifier, Intent, OutcomeKind, WriteOutcome } from './events.ts';
export { Journal, type JournalUsage } from './journal.ts';
export type { JournalFile, JournalFiles } from './journal-files.ts';
export type { JournalOptions } from './journal-options.ts';
