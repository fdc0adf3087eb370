import type { Catalogue } from '../catalogue/catalogue.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { relationName } from '../postgres/quote.ts';

/**
 * The mappings such that tables come after those that they refer to, and otherwise as they were.
 * Tables that refer to each other in a circle have no such order; they keep the one they came in,
 * and it takes deferred or bypassed foreign keys to write them. O(mappings × foreign keys).
 */
export function inReferenceOrder(
  mappings: readonly TableMapping[],
  follower: Catalogue,
): readonly TableMapping[] {
  const ordered: TableMapping[] = [];
  const entered = new Set<string>();
  const enter = (table: string): void => {
    if (entered.has(table)) return;
    entered.add(table);
    for (const { from, to } of follower.tables.get(table)?.foreignKeys ?? []) {
      if (relationName(from) === table) enter(relationName(to));
    }
    ordered.push(...mappings.filter((mapping) => relationName(mapping.follower) === table));
  };
  for (const mapping of mappings) enter(relationName(mapping.follower));
  return ordered;
}
