import { followerNames, seenTable } from '../drain/follower-sql.ts';
import { type TableMapping, writtenColumns } from '../mapping/table-mapping.ts';
import { quoteName, quoteRelation } from '../postgres/quote.ts';

/** Statements that bring one chunk into the follower. */
export interface StageStatements {
  /**
   * The stage: a table of the session's own, emptied by the end of each transaction. It is not
   * logged and nobody sees it.
   */
  readonly create: string;
  readonly copyIn: string;
  /** Newest truncation that was drained; $1 direction, $2 mapping. */
  readonly truncated: string;
  /** $1 the version of the chunk. Changes as many rows as were written. */
  readonly insert: string;
}

/**
 * Builds the statements of one mapping. The insert stays away from keys that the drain has seen at
 * the chunk's instant or later, deleted ones included: what the chunk read of them is older than
 * what is there, or than that nothing is there. Rows of an earlier attempt are overwritten.
 */
export function stageStatements(schema: string, mapping: TableMapping): StageStatements {
  const stage = `pg_temp.${quoteName(`fw_stage_${mapping.id}`)}`;
  const follower = quoteRelation(mapping.follower);
  const seen = quoteRelation(seenTable(schema, mapping));
  const written = writtenColumns(mapping).map(({ name }) => quoteName(name));
  const names = written.join(', ');
  const key = mapping.key.map(({ name }) => quoteName(name));
  const isSame = key.map((name, i) => `s.fw_k${i + 1} = d.${name}`).join(' and ');
  const updates = mapping.columns.map(
    ({ name }) => `${quoteName(name)} = excluded.${quoteName(name)}`,
  );
  const conflict = updates.length === 0 ? 'do nothing' : `do update set ${updates.join(', ')}`;
  return {
    create: `create temporary table if not exists ${stage.replace('pg_temp.', '')} on commit delete rows
      as select ${names} from ${follower} with no data`,
    copyIn: `copy ${stage} (${names}) from stdin`,
    truncated: `select ver from ${followerNames(schema).truncated} where direction = $1 and mapping = $2`,
    insert: `insert into ${follower} (${names}) overriding system value
      select ${written.map((name) => `d.${name}`).join(', ')} from ${stage} d
       where not exists (select from ${seen} s where ${isSame} and s.ver >= $1::bigint)
      on conflict (${key.join(', ')}) ${conflict}`,
  };
}
