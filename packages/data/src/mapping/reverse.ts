import type { Column } from '../catalogue/catalogue.ts';
import { quoteName, quoteRelation } from '../postgres/quote.ts';
import type { ColumnInput, TableInput } from './plan-input.ts';
import { isSql, type Sql } from './sql.ts';
import type { MappedColumn, TableMapping } from './table-mapping.ts';
import { castOf, conversionOf } from './type-traits.ts';

/** The way back of one mapping, as a plan would say it, and what would be lost on it. */
export interface Reversed {
  /** Of the follower, as it would be named in a plan. */
  readonly name: string;
  readonly input: TableInput;
  /** What blocks "rollback-safe", by column, with the reason. */
  readonly blockers: readonly { readonly column: string; readonly because: string }[];
}

/**
 * Turns a mapping round. A plain column goes back as it came; anything else goes back by what
 * `back` says of it. What the follower alone holds has no place to go back to unless a column of
 * the source is given to it ("parked"); such columns do not stop the migration, they stop it from
 * being called rollback-safe.
 */
export function reverseOf(
  mapping: TableMapping,
  input: TableInput,
  {
    sourceColumns,
    own,
  }: { readonly sourceColumns: readonly Column[]; readonly own: readonly string[] },
): Reversed {
  const blockers: { column: string; because: string }[] = [];
  const columns: Record<string, ColumnInput> = {};
  const mapped = [...mapping.key, ...mapping.columns];
  for (const column of sourceColumns) {
    const told = input.back?.[column.name];
    const plain = mapped.find(({ from }) => from === column.name);
    const back = told ?? (plain === undefined ? { isOwn: true } : plainWayBack(plain, column));
    columns[column.name] = back;
    const because = told === undefined ? lossOf(back, input.dropped?.[column.name]) : null;
    if (because !== null) blockers.push({ column: column.name, because });
  }
  const parked = JSON.stringify(input.back ?? {});
  for (const name of own.filter((one) => !parked.includes(one))) {
    blockers.push({ column: name, because: 'only the follower has it, and no column parks it' });
  }
  const dropped = Object.fromEntries(
    [...own, ...mapped.filter((column) => column.from === null).map((column) => column.name)].map(
      (name) => [name, 'made on the way forward'],
    ),
  );
  return {
    name: quoteRelation(mapping.follower),
    input: {
      to: quoteRelation(mapping.source),
      columns,
      dropped,
      key: mapping.key.map((column) => column.name),
      ...(input.toWhere === undefined ? {} : { where: input.toWhere }),
      ...(input.where === undefined ? {} : { toWhere: input.where }),
    },
    blockers,
  };
}

function plainWayBack(plain: MappedColumn, column: Column): ColumnInput {
  if (plain.lossy !== null) return { from: plain.name, lossy: plain.lossy };
  const types = `${plain.type.full} back to ${column.type.full}`;
  switch (conversionOf(plain.type, column.type)) {
    case 'same':
    case 'lossless':
      return plain.name;
    case 'lossy':
      return { from: plain.name, lossy: `${types} refuses or loses what does not fit` };
    case 'none': {
      // A type that only the other side has is made there, from the text that travels.
      const from: Sql = { sql: [`${quoteName(plain.name)}::${castOf(column.type) ?? 'text'}`] };
      return { from, lossy: `${types} refuses what is not one` };
    }
  }
}

function lossOf(back: ColumnInput, dropped: string | undefined): string | null {
  if (typeof back === 'string' || isSql(back)) return null;
  if (back.isOwn !== true) return back.lossy ?? null;
  return dropped === undefined
    ? 'nothing says how to make it from the follower'
    : `dropped: ${dropped}`;
}
