// Copies a table from one server to another, in a process of its own: the way Falsework does it, or
// a bare COPY piped into a COPY. Started with the addresses of both.
import { pipeline } from 'node:stream/promises';
import {
  bookkeepingSchema,
  copyIn,
  copyOut,
  feedOf,
  installCapture,
  openDatabase,
  outboxSource,
  planData,
  runBackfill,
} from '@falsework/data';
import { systemClock } from '@falsework/system';
import { serve } from './child.ts';

/** What the process is asked, and what it answers with. */
export interface CopyQuestion {
  readonly how: 'bare' | 'falsework';
  readonly legacy: string;
  readonly candidate: string;
}
export interface CopyAnswer {
  readonly elapsedMs: number;
  readonly chunks: number;
}

const MIGRATION = 'bench';

async function bare({ legacy, candidate }: CopyQuestion): Promise<CopyAnswer> {
  const source = openDatabase({ url: legacy, label: 'legacy' });
  const follower = openDatabase({ url: candidate, label: 'candidate' });
  const began = performance.now();
  await source.use((from) =>
    follower.use((to) =>
      pipeline(copyOut(from, 'copy entries to stdout'), copyIn(to, 'copy ledger from stdin')),
    ),
  );
  const elapsedMs = performance.now() - began;
  await Promise.all([source.close(), follower.close()]);
  return { elapsedMs, chunks: 1 };
}

async function falsework({ legacy, candidate }: CopyQuestion): Promise<CopyAnswer> {
  const stores = {
    legacy: openDatabase({ url: legacy, label: 'legacy' }),
    candidate: openDatabase({ url: candidate, label: 'candidate' }),
  };
  const tables = { entries: { to: 'ledger' } };
  const input = { name: MIGRATION, from: legacy, to: candidate, tables };
  const { resolved } = await planData(input, stores, { capture: 'trigger' });
  const feed = feedOf({
    direction: 'forward',
    migration: MIGRATION,
    source: stores.legacy,
    follower: stores.candidate,
    mappings: resolved?.forward ?? [],
    changes: outboxSource(bookkeepingSchema(MIGRATION)),
    asReplica: true,
  });
  await installCapture(feed.source, { migration: MIGRATION, kind: 'trigger', tables: feed.tables });
  const began = performance.now();
  let chunks = 0;
  const { outcome } = await runBackfill(feed, {
    clock: systemClock,
    onEvent: ({ kind }) => {
      chunks += kind === 'progress' ? 1 : 0;
    },
  });
  const elapsedMs = performance.now() - began;
  if (outcome !== 'done') throw new Error(`The backfill was ${outcome}.`);
  await Promise.all([stores.legacy.close(), stores.candidate.close()]);
  return { elapsedMs, chunks };
}

serve({}, (question: CopyQuestion) => {
  return question.how === 'bare' ? bare(question) : falsework(question);
});
