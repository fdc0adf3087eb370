export { type Prepare, serveAsWorker } from './serve-as-worker.ts';
export {
  type GuardWorkers,
  type GuardWorkersOptions,
  startGuardWorkers,
} from './start-guard-workers.ts';
