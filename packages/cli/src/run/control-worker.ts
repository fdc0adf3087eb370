// Control in a thread of its own: its store works synchronously, and the guard next to it must not
// wait for that.
import { parentPort, workerData } from 'node:worker_threads';
import { SITE_FOLDER } from '@falsework/console';
import { type ControlOptions, startControl } from '@falsework/control';
import { isFalseworkError } from '@falsework/core/errors';
import { pino } from 'pino';

/** What the thread is started with: everything that can be handed over a thread boundary. */
export type ControlWorkerData = Omit<ControlOptions, 'log' | 'clock' | 'console'> & {
  readonly logLevel: string;
};

/** What the thread says. */
export type ControlWorkerMessage =
  | { readonly type: 'listening'; readonly url: string }
  | {
      readonly type: 'failed';
      readonly code: string;
      readonly facts: unknown;
      readonly message: string;
    }
  | { readonly type: 'stopped' };

const port = parentPort;
if (!port) throw new TypeError('This module runs as a worker thread only.');
const say = (message: ControlWorkerMessage): void => port.postMessage(message);

try {
  const { logLevel, ...options } = workerData as ControlWorkerData;
  const log = pino({ name: 'falsework-control', level: logLevel }, pino.destination(2));
  const control = await startControl({ ...options, log, console: SITE_FOLDER });
  port.on('message', () => {
    void control.stop().then(() => {
      say({ type: 'stopped' });
      port.close();
    });
  });
  say({ type: 'listening', url: control.url });
} catch (error) {
  const known = isFalseworkError(error);
  const message = error instanceof Error ? error.message : String(error);
  say({ type: 'failed', code: known ? error.code : '', facts: known ? error.facts : {}, message });
}
