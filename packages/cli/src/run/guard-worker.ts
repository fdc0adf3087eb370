// One of several processes of a guard that the command line started.
import process from 'node:process';
import { serveAsWorker } from '@falsework/guard/workers';
import { type GuardSource, readSource } from './guard-source.ts';
import type { Tracing } from './otlp.ts';
import { startTracing } from './tracing.ts';

let tracing: Promise<Tracing | null> | null = null;

serveAsWorker(
  async (data) => {
    tracing ??= startTracing(process.env, 'falsework-guard');
    await tracing;
    return readSource(data as GuardSource, process.env);
  },
  async () => (await tracing)?.stop(),
);
