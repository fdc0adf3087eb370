export { type GuardTraceOptions, traceGuard } from './trace-guard.ts';
