import type { Side } from '@falsework/core/routing';
import { systemClock } from '@falsework/system';
import { postgresForTests } from '@falsework/testkit/postgres';
import pg from 'pg';
import { afterAll, afterEach, beforeEach } from 'vitest';
import { openDatabase } from '../src/postgres/database.ts';
import { authorityOf, readEpochs } from '../src/turnover/authority.ts';
import { noteRehearsal } from '../src/turnover/rehearsal.ts';
import { execute } from './stores.ts';
import {
  ACCOUNTS,
  type Switching,
  type SwitchingOptions,
  switching,
  Writers,
} from './switching.ts';

/** How long rehearsals of these tests count. */
export const DAY_MS = 86_400_000;

/** Two servers with a fresh pair of databases for each test of a file. */
export interface SwitchBench {
  /** Why there are no servers; `null` when there are. */
  readonly missing: string | null;
  readonly urls: () => Readonly<Record<Side, string>>;
  /** A client that is closed with the test. */
  readonly connected: (url: string) => Promise<pg.Client>;
  /** Writers that are stopped with the test. */
  readonly writing: (count: number) => Writers;
  readonly opened: (options?: SwitchingOptions) => Promise<Switching>;
  /** Opened, with a rehearsal on record that is as good as one. */
  readonly rehearsed: (options?: SwitchingOptions) => Promise<Switching>;
}

/** Sets up the bench of the calling file. */
export async function switchBench(): Promise<SwitchBench> {
  const legacyServer = await postgresForTests();
  const candidateServer = await postgresForTests();
  let urls: Readonly<Record<Side, string>>;
  const open: { close(): Promise<unknown> }[] = [];

  beforeEach(async () => {
    if (legacyServer.server === null || candidateServer.server === null) return;
    urls = {
      legacy: await legacyServer.server.createDatabase(),
      candidate: await candidateServer.server.createDatabase(),
    };
    for (const side of ['legacy', 'candidate'] as const) {
      const database = openDatabase({ url: urls[side], label: side });
      await execute(database, ACCOUNTS[side]);
      await database.close();
    }
  });
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });
  afterAll(async () => {
    await legacyServer.server?.stop();
    await candidateServer.server?.stop();
  });

  const opened = async (options: SwitchingOptions = {}): Promise<Switching> => {
    const made = await switching(urls, options);
    open.push(made);
    return made;
  };
  return {
    missing: legacyServer.missing ?? candidateServer.missing,
    urls: () => urls,
    connected: async (url) => {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => {});
      await client.connect();
      open.push({ close: () => client.end() });
      return client;
    },
    writing: (count) => {
      const writers = new Writers(urls, count);
      open.push({ close: () => writers.stop() });
      return writers;
    },
    opened,
    rehearsed: async (options) => {
      const made = await opened(options);
      const at = systemClock.now();
      const once = { probes: 1, arrived: 1, rowsTried: 1 };
      const facts = { at, rollbackMs: 1, expiresAt: at + DAY_MS, ...once };
      await noteRehearsal(made.stores, made.parts.forward, facts);
      return made;
    },
  };
}

/** The store that takes writes. */
export async function authority({ parts }: Switching): Promise<Side | null> {
  return authorityOf(await readEpochs(parts.stores, parts.forward.schema));
}
