import { type FalseworkError, fault } from '@falsework/core/errors';
import { whereText } from '../mapping/mapped-sql.ts';
import type { MappedColumn, TableMapping } from '../mapping/table-mapping.ts';
import { sqlState } from '../postgres/failure.ts';
import { quoteName, quoteRelation, type Relation, relationName } from '../postgres/quote.ts';
import type { Session } from '../postgres/session.ts';

/** A mapping, and what people call the store that is asked about it. */
export interface Probe {
  readonly mapping: TableMapping;
  readonly label: string;
}

/**
 * Asks the source whether it understands the expressions of a mapping, without reading a row; and
 * whether those of the key need nothing but the key, since of a deleted row nothing else is left.
 * Gives everything that is wrong, each with its column.
 */
export async function probeMapping(
  session: Session,
  { mapping, label }: Probe,
): Promise<FalseworkError[]> {
  const refused: FalseworkError[] = [];
  const source = quoteRelation(mapping.source);
  for (const column of [...mapping.key, ...mapping.columns]) {
    const because = await complaint(
      session,
      `select ${column.expression} from ${source} where false`,
    );
    if (because !== null) refused.push(columnFault(mapping, column, because));
  }
  if (refused.length > 0) return refused;
  for (const column of mapping.key) {
    const because = await complaint(session, keyProbe(mapping, column));
    if (because !== null) {
      const reason = `it is part of the key but not made of the source’s key alone (${because})`;
      refused.push(columnFault(mapping, column, reason));
    }
  }
  const condition = await complaint(session, `select from ${source}${whereText(mapping, 'false')}`);
  if (condition !== null) refused.push(conditionFault(mapping.source, condition, label));
  return refused;
}

/** Asks the follower whether it understands the condition on its rows. */
export async function probeFollower(
  session: Session,
  { mapping, label }: Probe,
): Promise<FalseworkError[]> {
  if (mapping.followerWhere === null) return [];
  const from = quoteRelation(mapping.follower);
  const because = await complaint(
    session,
    `select from ${from} where (${mapping.followerWhere}) and false`,
  );
  return because === null ? [] : [conditionFault(mapping.follower, because, label)];
}

function columnFault(
  { follower }: TableMapping,
  { name }: MappedColumn,
  because: string,
): FalseworkError {
  return fault('FW_DATA_COLUMN', { table: relationName(follower), column: name, because });
}

function conditionFault(relation: Relation, because: string, database: string): FalseworkError {
  const reason = `the condition on its rows is not understood: ${because}`;
  return fault('FW_DATA_TABLE', { table: relationName(relation), database, because: reason });
}

function keyProbe(mapping: TableMapping, column: MappedColumn): string {
  const given = mapping.sourceKey.map(
    ({ name, type }) => `null::${type.name} as ${quoteName(name)}`,
  );
  const source = quoteName(mapping.source.table);
  return `select ${column.expression} from (select ${given.join(', ')}) as ${source} where false`;
}

/**
 * What the server has against a statement; `null` when nothing. It has seen no row when it says so.
 */
async function complaint(session: Session, sql: string): Promise<string | null> {
  await session.run('savepoint fw_probe');
  try {
    await session.rows(sql);
    await session.run('release savepoint fw_probe');
    return null;
  } catch (error) {
    // Classes 22 and 42: the statement itself. Anything else is a fault of the database.
    if (!/^(22|42)/.test(sqlState(error) ?? '') || !(error instanceof Error)) throw error;
    await session.run('rollback to savepoint fw_probe');
    return error.message;
  }
}
