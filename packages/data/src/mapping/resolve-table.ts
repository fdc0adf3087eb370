import { type FalseworkError, fault, isFalseworkError } from '@falsework/core/errors';
import { fingerprint, nearestName } from '@falsework/core/text';
import type { Catalogue, Table } from '../catalogue/catalogue.ts';
import { parseRelation, type Relation, relationName, slug } from '../postgres/quote.ts';
import type { ColumnInput, TableInput } from './plan-input.ts';
import { columnFault, expressionText, resolveColumn, type TablePair } from './resolve-column.ts';
import { followerKeyOf, sourceKeyOf } from './resolve-key.ts';
import { isSql } from './sql.ts';
import type { MappedColumn, TableMapping } from './table-mapping.ts';

/** A mapping that holds together, or everything that is wrong with it. */
export type ResolvedTable =
  | { readonly mapping: TableMapping; readonly own: readonly string[] }
  | { readonly refused: readonly FalseworkError[] };

/** The two stores of a mapping, by the part they have in it. */
export interface CataloguePair {
  readonly source: Catalogue;
  readonly follower: Catalogue;
}

/**
 * Resolves what the plan says of one table against both catalogues. Everything that is wrong comes
 * back at once, each naming its column. The databases have the last word on expressions; see
 * `probeMapping`.
 */
export function resolveTable(
  name: string,
  input: TableInput,
  catalogues: CataloguePair,
): ResolvedTable {
  const found = findTables(name, input, catalogues);
  if ('refused' in found) return found;
  const { pair } = found;
  const refused: FalseworkError[] = [];
  const own: string[] = [];
  const mapped: MappedColumn[] = [];
  for (const column of pair.follower.columns) {
    const resolved = resolveColumn(column, input.columns?.[column.name], pair);
    if ('mapped' in resolved) mapped.push(resolved.mapped);
    else if ('own' in resolved) own.push(resolved.own);
    else if ('refused' in resolved) refused.push(resolved.refused);
  }
  refused.push(...strangers(input, pair), ...forgotten(input, pair));
  const sourceKey = sourceKeyOf(pair.source, input.key);
  const key = followerKeyOf(pair, mapped);
  if (isFalseworkError(sourceKey)) refused.push(sourceKey);
  // A column of the key that was refused has been told of already.
  if (isFalseworkError(key) && refused.length === 0) refused.push(key);
  if (refused.length > 0 || isFalseworkError(sourceKey) || isFalseworkError(key))
    return { refused };
  const names = new Set(key.map((column) => column.name));
  const whole: Omit<TableMapping, 'definition'> = {
    id: mappingId(pair.source.relation, pair.follower.relation),
    source: pair.source.relation,
    follower: pair.follower.relation,
    sourceKey,
    key,
    columns: mapped.filter((column) => !names.has(column.name)),
    where: input.where === undefined ? null : expressionText(input.where),
    followerWhere: input.toWhere === undefined ? null : expressionText(input.toWhere),
  };
  return { mapping: { ...whole, definition: fingerprint(JSON.stringify(whole)) }, own };
}

/** Short and stable, and different for every pair of tables. */
function mappingId(source: Relation, follower: Relation): string {
  const pair = `${relationName(source)} ${relationName(follower)}`;
  return `${slug(source.table)}_${fingerprint(pair).slice(0, 8)}`;
}

function findTables(
  name: string,
  input: TableInput,
  { source, follower }: CataloguePair,
): { readonly pair: TablePair } | { readonly refused: readonly FalseworkError[] } {
  const from = findTable(name, source);
  const to = findTable(input.to, follower);
  const refused = [from, to].filter(isFalseworkError);
  if (isFalseworkError(from) || isFalseworkError(to)) return { refused };
  return { pair: { source: from, follower: to } };
}

function findTable(name: string, catalogue: Catalogue): Table | FalseworkError {
  const relation = parseRelation(name, catalogue.server.defaultSchema);
  const table = relation === null ? undefined : catalogue.tables.get(relationName(relation));
  const { database } = catalogue.server;
  if (table === undefined) {
    return fault('FW_DATA_TABLE', { table: name, database, because: 'there is no such table' });
  }
  const because = unfit(table);
  return because === null ? table : fault('FW_DATA_TABLE', { table: name, database, because });
}

function unfit(table: Table): string | null {
  if (table.hidesRows) {
    return 'row security hides rows of it from the role that migrates, and what is hidden would be lost';
  }
  switch (table.kind) {
    case 'table':
    case 'partitioned':
      return null;
    case 'partition':
      return 'it is a partition: name the table that it belongs to';
    case 'parent':
      return 'other tables inherit from it, and their rows would be counted as its own';
    case 'unlogged':
      return 'it is unlogged: a crash empties it, and nothing would report that';
    case 'other':
      return 'it is not a table';
  }
}

/** Rules for columns that the follower does not have. */
function strangers(input: TableInput, { follower, source }: TablePair): FalseworkError[] {
  const refused: FalseworkError[] = [];
  const check = (names: readonly string[], table: Table): void => {
    const known = table.columns.map((column) => column.name);
    for (const name of names.filter((one) => !known.includes(one))) {
      const near = nearestName(name, known);
      const hint = near === undefined ? '' : `; the nearest is ${near}`;
      refused.push(columnFault(table, name, `there is no such column${hint}`));
    }
  };
  check(Object.keys(input.columns ?? {}), follower);
  check(Object.keys(input.dropped ?? {}), source);
  check(Object.keys(input.back ?? {}), source);
  return refused;
}

/** Columns of the source that would be left behind without a word. */
function forgotten(input: TableInput, { source, follower }: TablePair): FalseworkError[] {
  // A column that is asked for is not forgotten, whatever is wrong with where it goes.
  const used = new Set(follower.columns.map(({ name }) => wantedBy(input.columns?.[name], name)));
  // Words of an expression; a column that is only mentioned in a string is a mistake we allow.
  const words = new Set(
    Object.values(input.columns ?? {})
      .flatMap((rule) => (typeof rule === 'string' ? [] : expressionsOf(rule)))
      .flatMap((text) => text.match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []),
  );
  return source.columns
    .filter(({ name }) => !used.has(name) && !words.has(name) && !(name in (input.dropped ?? {})))
    .filter((column) => !column.isGenerated)
    .map(({ name }) =>
      columnFault(
        source,
        name,
        'it goes nowhere: map it, or list it under `dropped` with the reason',
      ),
    );
}

/** The column of the source that is to fill one of the follower; `null` when none alone does. */
function wantedBy(rule: ColumnInput | undefined, name: string): string | null {
  if (rule === undefined) return name;
  if (typeof rule === 'string') return rule;
  if (isSql(rule) || rule.isOwn === true || rule.constant !== undefined) return null;
  if (rule.from === undefined) return name;
  return typeof rule.from === 'string' ? rule.from : null;
}

function expressionsOf(rule: object): string[] {
  if (isSql(rule)) return [expressionText(rule)];
  return 'from' in rule && isSql(rule.from) ? [expressionText(rule.from)] : [];
}
