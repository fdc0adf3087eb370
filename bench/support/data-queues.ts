// Two queues of other people's, set up as their own documents say is fastest, each carrying a row
// into the table of another database.

import type { Database } from '@falsework/data';
import { Logger, makeWorkerUtils, run as runWorker } from 'graphile-worker';
import { PgBoss } from 'pg-boss';

/** A queue, seen by a bench. */
export interface Queue {
  readonly name: string;
  readonly carries: boolean;
  /** Puts in events of one commit. */
  add(ids: readonly number[]): Promise<void>;
  /** Works until so many more events have been carried over. */
  work(count: number): Promise<void>;
  close(): Promise<void>;
}

const BODY = 'x'.repeat(100);
const UPSERT = `
  insert into events (id, body, written_at)
  select u.id, u.body, now() from unnest($1::bigint[], $2::text[]) u(id, body)
  on conflict (id) do update set body = excluded.body`;

async function carry(follower: Database, ids: readonly number[]): Promise<void> {
  await follower.use((session) => session.run(UPSERT, [ids.map(String), ids.map(() => BODY)]));
}

/** Whether jobs carry a row over, or do nothing: then it is the queue alone that is measured. */
export interface Work {
  readonly carries: boolean;
}

const nameOf = (name: string, { carries }: Work): string =>
  carries ? name : `${name}, empty jobs`;
// It would otherwise print a line per job.
const logger = new Logger(() => () => {});

/** graphile-worker: a local queue, completion in batches, as many jobs at once as help. */
export async function worker(source: Database, follower: Database, job: Work): Promise<Queue> {
  const connectionString = source.url;
  const utils = await makeWorkerUtils({ connectionString, logger });
  await utils.migrate();
  return {
    name: nameOf('graphile-worker', job),
    carries: job.carries,
    add: async (ids) => {
      await utils.addJobs(ids.map((id) => ({ identifier: 'carry', payload: { id, body: BODY } })));
    },
    work: async (count) => {
      let left = count;
      const all = Promise.withResolvers<void>();
      const runner = await runWorker({
        preset: {
          worker: {
            connectionString,
            concurrentJobs: 24,
            maxPoolSize: 25,
            localQueue: { size: 500 },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
            logger,
          },
        },
        noHandleSignals: true,
        taskList: {
          carry: async (payload) => {
            if (job.carries) await carry(follower, [(payload as { id: number }).id]);
            left -= 1;
            if (left === 0) all.resolve();
          },
        },
      });
      await all.promise;
      await runner.stop();
    },
    close: async () => {
      await utils.release();
    },
  };
}

const QUEUE = 'carry';
const BATCH = 1_000;

/** pg-boss: jobs fetched, carried over and completed by the thousand. */
export async function boss(source: Database, follower: Database, job: Work): Promise<Queue> {
  const made = new PgBoss({ connectionString: source.url, supervise: false, schedule: false });
  made.on('error', (error) => {
    throw error;
  });
  await made.start();
  await made.createQueue(QUEUE);
  return {
    name: nameOf('pg-boss', job),
    carries: job.carries,
    add: async (ids) => {
      await made.insert(
        QUEUE,
        ids.map((id) => ({ data: { id, body: BODY } })),
      );
    },
    work: async (count) => {
      for (let left = count; left > 0; ) {
        const jobs = await made.fetch<{ id: number }>(QUEUE, { batchSize: BATCH });
        const ids = jobs.map(({ data }) => data.id);
        if (job.carries) await carry(follower, ids);
        await made.complete(
          QUEUE,
          jobs.map(({ id }) => id),
        );
        left -= jobs.length;
      }
    },
    close: () => made.stop({ graceful: false }),
  };
}
