export { type DataTraceOptions, traceData } from './trace-data.ts';
