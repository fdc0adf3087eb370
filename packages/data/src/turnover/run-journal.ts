import type { Instant } from '@falsework/core/ports';
import { quoteName, quoteRelation } from '../postgres/quote.ts';
import { oneRow, type Row, type Session } from '../postgres/session.ts';

/** What a run is about. */
export type RunKind = 'turnover' | 'rollback';

/**
 * The steps of a run, in their order. Before `commit` a run that stops is undone; from `commit` on
 * it is carried on to its end.
 */
export const STEPS = [
  'prepare',
  'catch-up',
  'verify',
  'fence',
  'drain',
  'compare',
  'sequences',
  'return',
  'commit',
  'open',
  'announce',
] as const;

/** One step of a run. */
export type Step = (typeof STEPS)[number];

/** How a run ended, or that it has not. */
export type RunState = 'under way' | 'done' | 'undone';

/** What a run leaves behind for whoever reads it later; times in milliseconds. */
export interface RunFacts {
  /** By step, how long it took. */
  readonly tookMs?: Readonly<Partial<Record<Step, number>>>;
  /** For how long no store took writes. */
  readonly pauseMs?: number;
  /** The last snapshot of the store that was left, taken behind the fence. */
  readonly final?: string;
  /** Where the feed in the other direction begins: an artifact of the run, never typed in. */
  readonly flip?: string;
  /** Keys that were compared behind the fence. */
  readonly compared?: number;
  /** Of these, rows that are gone on one store and stand on the other. Anything but 0 undoes. */
  readonly resurrected?: number;
  /** By sequence, the value that it was moved to. */
  readonly sequences?: Readonly<Record<string, string>>;
}

/** A run as the journal has it. */
export interface Run {
  readonly id: string;
  readonly kind: RunKind;
  readonly step: Step;
  readonly state: RunState;
  readonly facts: RunFacts;
  /** Why it was undone; `null` otherwise. */
  readonly because: string | null;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
}

/** The journal's table. It is kept in the candidate's store: that one is there until the end. */
function journalTable(schema: string): string {
  return quoteRelation({ schema, table: 'run' });
}

/** Creates the journal, where it is not there yet. */
export function journalStatements(schema: string): string[] {
  const table = journalTable(schema);
  return [
    `create schema if not exists ${quoteName(schema)}`,
    `create table if not exists ${table} (
       id bigint generated always as identity primary key,
       kind text not null, step text not null, state text not null,
       facts jsonb not null default '{}', because text,
       started_at bigint not null, ended_at bigint)`,
    // Two runs at once would each undo what the other does.
    `create unique index if not exists run_under_way on ${table} ((true)) where state = 'under way'`,
  ];
}

const COLUMNS = 'id, kind, step, state, facts, because, started_at, ended_at';

/** Writes down that a run begins. Rejects with the server's error when another is under way. */
export async function beginRun(
  session: Session,
  schema: string,
  { kind, at }: { readonly kind: RunKind; readonly at: Instant },
): Promise<Run> {
  const row = await oneRow(
    session,
    `insert into ${journalTable(schema)} (kind, step, state, started_at)
     values ($1, 'prepare', 'under way', $2) returning ${COLUMNS}`,
    [kind, at],
  );
  return runOf(row);
}

/** Writes down, before a step is taken, that it is, and what is known by then. */
export async function noteStep(
  session: Session,
  schema: string,
  { run, step, facts }: { readonly run: string; readonly step: Step; readonly facts: RunFacts },
): Promise<void> {
  await session.run(`update ${journalTable(schema)} set step = $2, facts = $3 where id = $1`, [
    run,
    step,
    JSON.stringify(facts),
  ]);
}

/** Writes down how a run ended. */
export async function endRun(
  session: Session,
  schema: string,
  ended: Pick<Run, 'id' | 'state' | 'facts' | 'because'> & { readonly at: Instant },
): Promise<void> {
  await session.run(
    `update ${journalTable(schema)} set state = $2, facts = $3, because = $4, ended_at = $5
      where id = $1`,
    [ended.id, ended.state, JSON.stringify(ended.facts), ended.because, ended.at],
  );
}

/** The latest runs, newest first; none where there is no journal. */
export async function readRuns(session: Session, schema: string, limit: number): Promise<Run[]> {
  const table = journalTable(schema);
  const [there] = await oneRow(session, 'select to_regclass($1) is not null', [table]);
  if (there !== 't') return [];
  const rows = await session.rows(
    `select ${COLUMNS} from ${table} order by id desc limit ${limit}`,
  );
  return rows.map(runOf);
}

function runOf([id, kind, step, state, facts, because, startedAt, endedAt]: Row): Run {
  return {
    id: id ?? '',
    kind: kind as RunKind,
    step: step as Step,
    state: state as RunState,
    facts: JSON.parse(facts ?? '{}') as RunFacts,
    because: because ?? null,
    startedAt: Number(startedAt),
    endedAt: endedAt === null || endedAt === undefined ? null : Number(endedAt),
  };
}
