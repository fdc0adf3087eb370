// One of several processes of a guard that the command line started.
import process from 'node:process';
import { serveAsWorker } from '@falsework/guard/workers';
import { GuardFence } from './guard-fence.ts';
import { type GuardSource, readSource } from './guard-source.ts';
import type { Tracing } from './otlp.ts';
import { startTracing } from './tracing.ts';

let tracing: Promise<Tracing | null> | null = null;
// Made with the first configuration, and kept over all that follow.
let fence: GuardFence | null = null;
const warn = (words: string): void => {
  process.stderr.write(`${words}\n`);
};

serveAsWorker(
  async (data) => {
    tracing ??= startTracing(process.env, 'falsework-guard');
    await tracing;
    const { options, stores } = await readSource(data as GuardSource, process.env);
    fence ??= new GuardFence(stores, warn);
    return { ...options, ...fence.optionsFor(stores) };
  },
  async () => {
    await fence?.close();
    await (await tracing)?.stop();
  },
);
