export { Journal, type JournalOptions, type JournalUsage } from '../journal/index.ts';
export type { Backoff } from './backoff.ts';
export {
  DRY_RUN_ASKED,
  DRY_RUN_HEADER,
  DRY_RUN_HONOURED,
  type InterlockState,
} from './dry-run-interlock.ts';
export type { FeedingSettings } from './feeder.ts';
export type { FollowerDialect, Translation } from './follower-dialect.ts';
export {
  IDEMPOTENCY_HEADER,
  IDEMPOTENCY_KEY_CHARACTERS_MAX,
  idempotencyKeyOf,
  type KeyPorts,
  type KeyReading,
} from './idempotency-key.ts';
export { IdentifierDialect } from './identifiers/identifier-dialect.ts';
export { IdentifierFile, type IdentifierFileOptions } from './identifiers/identifier-file.ts';
export type { IdentifierSettings, IdentifierUse } from './identifiers/identifier-settings.ts';
export {
  type IdentifierPair,
  type IdentifierStore,
  IdentifierTable,
  type Learned,
} from './identifiers/identifier-table.ts';
export {
  type DryRun,
  type InterlockStore,
  Interlocks,
  type InterlocksOptions,
} from './interlocks.ts';
export {
  JournaledWrites,
  type JournaledWritesOptions,
  type WriteTicket,
} from './journaled-writes.ts';
export type { ResolvingSettings } from './resolver.ts';
export type { SendWrite, SideAnswer, WriteToSend } from './side-answer.ts';
export type { RandomBytes } from './uuid-v7.ts';
export {
  type Debt,
  type DebtSummary,
  type OrderResult,
  type PersonalDecision,
  type RouteDebt,
  WriteDebts,
} from './write-debts.ts';
