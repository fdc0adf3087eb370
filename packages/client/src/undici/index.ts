export type { CallOptions, ClientOptions } from '../calls/client-options.ts';
export { Deadline } from '../calls/deadline.ts';
export { type CallReport, reportOf } from '../calls/report.ts';
export { RetryBudget } from '../calls/retry-budget.ts';
export { safeCalls, withCall } from './interceptor.ts';
