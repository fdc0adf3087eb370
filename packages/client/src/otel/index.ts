export { type ClientTraceOptions, traceClient } from './trace-client.ts';
