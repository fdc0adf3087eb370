// How fast a table is copied beside live writes, against copying it with nothing else in mind: one
// COPY out of the source piped into one COPY into the follower, between the same two servers, by
// the same driver in a process of its own (the PostgreSQL that npm brings has no psql). Falsework
// reads chunk by chunk, writes through a stage, a guard and a lock, and keeps a checkpoint with
// each chunk. Both write into a new database each time, to disk as in production; they take turns.
import { type PostgresServer, startPostgres } from '@falsework/testkit/postgres';
import pg from 'pg';
import type { Ratios } from './benches.ts';
import type { CopyAnswer, CopyQuestion } from './support/backfill-process.ts';
import { type Child, start, stopAll } from './support/child.ts';
import { median } from './support/stats.ts';
import { table } from './support/table.ts';

const ROWS = 1_000_000;
const ROUNDS = 5;
const TARGET = 0.5;
// About 160 bytes a row, of the types that business tables consist of.
const COLUMNS = `id bigint primary key, account uuid not null, amount numeric(14,2) not null, currency char(3) not null,
  note text, booked_at timestamptz not null, updated_at timestamptz not null, is_settled boolean not null`;
const FILL = `insert into entries select i, md5((i % 5000)::text)::uuid, (i % 100000) / 7.0, 'EUR',
  repeat(md5(i::text), 2), timestamptz '2024-01-01' + i * interval '1 second',
  timestamptz '2024-01-02' + i * interval '1 second', i % 2 = 0 from generate_series(1, ${ROWS}) i`;

interface Round {
  readonly bare: CopyAnswer;
  readonly falsework: CopyAnswer;
}

/** Runs the bench. */
export async function run(): Promise<Ratios> {
  const legacy = await startPostgres({ isDurable: true });
  const candidate = await startPostgres({ isDurable: true });
  try {
    const source = await legacy.createDatabase();
    for (const sql of [
      `create table entries (${COLUMNS})`,
      FILL,
      'vacuum analyze entries',
      'checkpoint',
    ]) {
      await execute(source, sql);
    }
    const process = await start<object>('backfill-process.ts');
    const rounds: Round[] = [];
    for (let i = 0; i < ROUNDS; i += 1) {
      const copy = (how: CopyQuestion['how']): Promise<CopyAnswer> =>
        copied(process, candidate, { how, legacy: source });
      // Whichever comes second finds the files of the source warmer.
      const isBareFirst = i % 2 === 0;
      const [first, second] = isBareFirst
        ? [await copy('bare'), await copy('falsework')]
        : [await copy('falsework'), await copy('bare')];
      rounds.push(
        isBareFirst ? { bare: first, falsework: second } : { falsework: first, bare: second },
      );
    }
    console.log(tableOf(rounds));
    return { backfill: Number(median(rounds.map(ratioOf)).toFixed(3)) };
  } finally {
    await stopAll();
    await legacy.stop();
    await candidate.stop();
  }
}

async function copied(
  process: Child<object>,
  candidate: PostgresServer,
  question: Omit<CopyQuestion, 'candidate'>,
): Promise<CopyAnswer> {
  const url = await candidate.createDatabase();
  await execute(url, `create table ledger (${COLUMNS})`);
  await execute(url, 'checkpoint');
  const answer = await process.ask<CopyAnswer>({ ...question, candidate: url });
  const count = await execute(url, 'select count(*) as rows from ledger');
  if (Number(count.rows[0]?.rows) !== ROWS) throw new Error(`${count.rows[0]?.rows} rows arrived`);
  return answer;
}

async function execute(url: string, sql: string): Promise<pg.QueryResult<{ rows?: string }>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

function ratioOf({ bare, falsework }: Round): number {
  return bare.elapsedMs / falsework.elapsedMs;
}

function tableOf(rounds: readonly Round[]): string {
  const rate = ({ elapsedMs }: CopyAnswer): string =>
    `${Math.round(ROWS / elapsedMs).toLocaleString('en')} k/s`;
  const rows = rounds.map((round, i) => [
    `round ${i + 1}`,
    rate(round.bare),
    rate(round.falsework),
    String(round.falsework.chunks),
    ratioOf(round).toFixed(2),
  ]);
  const ratio = median(rounds.map(ratioOf));
  const verdict = ratio >= TARGET ? 'yes' : 'no';
  const head = [`${ROWS.toLocaleString('en')} rows`, 'bare COPY', 'falsework', 'chunks', 'ratio'];
  return table([head, ...rows, [`median ≥ ${TARGET}: ${verdict}`, '', '', '', ratio.toFixed(2)]]);
}
