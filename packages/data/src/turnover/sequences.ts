import { readTables } from '../catalogue/read-tables.ts';
import type { Feed } from '../drain/feed.ts';
import { type TableMapping, writtenColumns } from '../mapping/table-mapping.ts';
import { coded } from '../postgres/failure.ts';
import { quoteName, quoteRelation, type Relation, relationName } from '../postgres/quote.ts';
import { oneRow, oneValue, type Session } from '../postgres/session.ts';

/**
 * How far beyond the last value a sequence is moved. Values that were given out by the other store
 * and are not in any row yet, such as those a session keeps ahead, must never be given out again.
 */
const SEQUENCE_MARGIN = 1_000n;

/**
 * A sequence of the follower's, the column that it fills, and what gives that column its values.
 */
export interface SequenceMove {
  readonly sequence: Relation;
  readonly table: Relation;
  readonly column: string;
  /** Sequences of the source whose values reach the same column. */
  readonly beside: readonly Relation[];
}

/**
 * Finds the sequences that have to be moved; nothing is. Reads catalogues, so not behind a fence.
 */
export async function findSequences(feed: Feed): Promise<SequenceMove[]> {
  const { source, follower, mappings } = feed;
  const of = (database: Feed['source'], end: 'source' | 'follower'): Promise<Tables> =>
    coded({ database: database.label, operation: 'reading sequences' }, () =>
      database.use((session) =>
        readTables(
          session,
          mappings.map((mapping) => mapping[end]),
        ),
      ),
    );
  const [sources, followers] = [await of(source, 'source'), await of(follower, 'follower')];
  return [...followers.values()].flatMap(({ relation, sequences }) =>
    sequences.map(({ sequence, column }) => {
      const beside = mappings
        .filter((mapping) => relationName(mapping.follower) === relationName(relation))
        .flatMap((mapping) => feeding(mapping, column, sources));
      return { sequence, table: relation, column, beside };
    }),
  );
}

type Tables = Awaited<ReturnType<typeof readTables>>;

function feeding(mapping: TableMapping, column: string, sources: Tables): Relation[] {
  const from = writtenColumns(mapping).find(({ name }) => name === column)?.from ?? null;
  return (sources.get(relationName(mapping.source))?.sequences ?? [])
    .filter((owned) => owned.column === from)
    .map(({ sequence }) => sequence);
}

/**
 * Moves sequences beyond all values that either store has given out. Rows were carried over with
 * their values, so the follower's own sequences know nothing of them: left alone, the first insert
 * after the switch would collide, or name another row's number. Doing it again moves them by the
 * margin once more. Gives the new value by sequence.
 */
export async function moveSequences(
  { source, follower }: Feed,
  moves: readonly SequenceMove[],
  { margin = SEQUENCE_MARGIN }: { readonly margin?: bigint } = {},
): Promise<Readonly<Record<string, string>>> {
  const moved: Record<string, string> = {};
  for (const one of moves) {
    const given = await coded({ database: source.label, operation: 'reading sequences' }, () =>
      source.use((session) => lastValues(session, one.beside)),
    );
    moved[relationName(one.sequence)] = await coded(
      { database: follower.label, operation: 'moving sequences' },
      () => follower.use((session) => move(session, { one, given, margin })),
    );
  }
  return moved;
}

async function lastValues(session: Session, sequences: readonly Relation[]): Promise<bigint[]> {
  const values: bigint[] = [];
  for (const sequence of sequences) {
    const sql = `select last_value from ${quoteRelation(sequence)}`;
    values.push(BigInt((await oneValue(session, sql)) ?? 0));
  }
  return values;
}

interface Move {
  readonly one: SequenceMove;
  readonly given: readonly bigint[];
  readonly margin: bigint;
}

async function move(session: Session, { one, given, margin }: Move): Promise<string> {
  const sequence = quoteRelation(one.sequence);
  const [column, table] = [quoteName(one.column), quoteRelation(one.table)];
  const [own, increment, smallest, largest] = await oneRow(
    session,
    `select s.last_value, q.seqincrement, (select min(${column}) from ${table}),
            (select max(${column}) from ${table})
       from ${sequence} s, pg_sequence q where q.seqrelid = $1::regclass`,
    [sequence],
  );
  const held = [own, smallest, largest].filter((value) => value !== null && value !== undefined);
  const known = [...held.map(BigInt), ...given];
  const isFalling = BigInt(increment ?? 1) < 0n;
  const furthest = known.reduce((a, b) => (isFalling === b < a ? b : a));
  const value = String(isFalling ? furthest - margin : furthest + margin);
  await session.rows('select setval($1::regclass, $2::bigint)', [sequence, value]);
  return value;
}
