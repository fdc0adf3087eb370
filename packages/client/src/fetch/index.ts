export type { BackoffOptions } from '../calls/backoff.ts';
export type { CallOptions, ClientOptions, KeyRule } from '../calls/client-options.ts';
export { Deadline } from '../calls/deadline.ts';
export { HEADERS } from '../calls/header-names.ts';
export { CALLS_CHANNEL, type CallReport, reportOf, type Stop } from '../calls/report.ts';
export { RetryBudget, type RetryBudgetOptions } from '../calls/retry-budget.ts';
export type { RandomBytes } from '../calls/uuid-v7.ts';
export type { VersionMemoryOptions } from '../calls/versions.ts';
export {
  createFetch,
  type Fetch,
  type FetchCallOptions,
  type FetchInit,
  type FetchOptions,
} from './create-fetch.ts';
