// The worker of a guard whose options can be handed from one process to another as they are.
import type { GuardOptions } from '../options/guard-options.ts';
import { serveAsWorker } from './serve-as-worker.ts';

serveAsWorker((data) => data as GuardOptions);
