import { Worker } from 'node:worker_threads';
import { type ErrorCode, fault } from '@falsework/core/errors';
import type { ControlWorkerData, ControlWorkerMessage } from './control-worker.ts';

/** Control, running in a thread of this process. */
export interface ControlThread {
  readonly url: string;
  /** Rejects if the thread dies by itself. Planes serve on without it. */
  readonly died: Promise<never>;
  readonly stop: () => Promise<void>;
}

/** Starts control in a thread. Rejects with the coded error that control itself started with. */
export async function startControlThread(data: ControlWorkerData): Promise<ControlThread> {
  // From source the worker is TypeScript, from a build it is not; both stand beside this file.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./control-worker.${extension}`, import.meta.url), {
    workerData: data,
  });
  const died = new Promise<never>((_, reject) => worker.once('error', reject));
  // Somebody may never look; a thread that died is then said to have died by whoever asks it next.
  died.catch(() => {});
  const first = await Promise.race([nextMessage(worker), died]);
  if (first.type !== 'listening') {
    await worker.terminate();
    throw failure(first);
  }
  const stop = async (): Promise<void> => {
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.postMessage('stop');
    await exited;
  };
  return { url: first.url, died, stop };
}

function nextMessage(worker: Worker): Promise<ControlWorkerMessage> {
  return new Promise((resolve) => worker.once('message', resolve));
}

function failure(message: ControlWorkerMessage): Error {
  if (message.type !== 'failed') return fault('FW_INTERNAL', { where: 'the control thread' });
  if (message.code === '') return new Error(message.message);
  return fault(message.code as ErrorCode, message.facts as never);
}
