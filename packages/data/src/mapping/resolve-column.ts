import { type FalseworkError, fault } from '@falsework/core/errors';
import { nearestName } from '@falsework/core/text';
import type { Column, Table } from '../catalogue/catalogue.ts';
import { quoteName, relationName } from '../postgres/quote.ts';
import type { ColumnInput, ColumnRule } from './plan-input.ts';
import { constantText, isSql, type Sql, sqlText } from './sql.ts';
import type { MappedColumn } from './table-mapping.ts';
import { castOf, comparisonOf, conversionOf } from './type-traits.ts';

/** What became of one column: filled, left to the follower, made by the follower, or refused. */
export type ResolvedColumn =
  | { readonly mapped: MappedColumn }
  | { readonly own: string }
  | { readonly generated: string }
  | { readonly refused: FalseworkError };

/** The two tables of a mapping, as their catalogues have them. */
export interface TablePair {
  readonly source: Table;
  readonly follower: Table;
}

/**
 * Decides what fills one column of the follower; `rule` is what the plan says of it, if anything.
 */
export function resolveColumn(
  column: Column,
  rule: ColumnInput | undefined,
  pair: TablePair,
): ResolvedColumn {
  const refused = (because: string): ResolvedColumn => ({
    refused: columnFault(pair.follower, column.name, because),
  });
  const { isOwn = false, from, constant, lossy, compare } = ruleOf(rule);
  if (column.isGenerated) {
    return rule === undefined || isOwn
      ? { generated: column.name }
      : refused('it is generated from other columns and cannot be written');
  }
  if (isOwn) {
    return column.isNullable || column.hasDefault
      ? { own: column.name }
      : refused('it is to be the follower’s own, but it is NOT NULL and has no default');
  }
  // The source does the same as an assignment on the follower would, so that what is hashed there
  // is what is written here.
  const cast = castOf(column.type);
  const build = (expression: string, source: Column | null): MappedColumn => ({
    name: column.name,
    type: column.type,
    expression: cast === null ? expression : `${expression}::${cast}`,
    from: source?.name ?? null,
    comparison: comparisonOf(column.type, compare),
    lossy: lossy ?? null,
    isIdentityAlways: column.identity === 'always',
  });
  if (constant !== undefined) return { mapped: build(`(${constantText(constant)})`, null) };
  if (isSql(from)) return { mapped: build(`(${expressionText(from)})`, null) };
  return copied(column, from, { pair, rule, build, isLossDeclared: lossy !== undefined });
}

/** The text of an expression; tables of the plan have no meaning inside one. */
export function expressionText(piece: Sql): string {
  return sqlText(piece, (name) => quoteName(name));
}

/** @internal The refusal of a column. */
export function columnFault(table: Table, column: string, because: string): FalseworkError {
  return fault('FW_DATA_COLUMN', { table: relationName(table.relation), column, because });
}

interface Copying {
  readonly pair: TablePair;
  readonly rule: ColumnInput | undefined;
  readonly build: (expression: string, source: Column) => MappedColumn;
  readonly isLossDeclared: boolean;
}

function copied(
  column: Column,
  from: string | undefined,
  { pair: { source, follower }, rule, build, isLossDeclared }: Copying,
): ResolvedColumn {
  const refused = (because: string): ResolvedColumn => ({
    refused: columnFault(follower, column.name, because),
  });
  const wanted = from ?? column.name;
  const found = source.columns.find((candidate) => candidate.name === wanted);
  const sourceName = relationName(source.relation);
  if (found === undefined) {
    if (rule === undefined) {
      return refused(`nothing fills it: ${sourceName} has no column of that name`);
    }
    const names = source.columns.map((candidate) => candidate.name);
    const near = nearestName(wanted, names);
    const hint = near === undefined ? '' : `; the nearest is ${near}`;
    return refused(`${sourceName} has no column ${wanted}${hint}`);
  }
  const types = `${found.type.full} to ${column.type.full}`;
  const conversion = conversionOf(found.type, column.type);
  if (conversion === 'none') {
    return refused(`there is no way from ${types} without an expression`);
  }
  if (conversion === 'lossy' && !isLossDeclared) {
    return refused(`${types} loses what does not fit, and the loss is not declared`);
  }
  return { mapped: build(quoteName(found.name), found) };
}

function ruleOf(rule: ColumnInput | undefined): ColumnRule {
  if (rule === undefined) return {};
  return typeof rule === 'string' || isSql(rule) ? { from: rule } : rule;
}
