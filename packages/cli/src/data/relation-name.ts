import type { Relation } from '@falsework/data';

/** A table for people: `public.entries`. */
export function relationName({ schema, table }: Relation): string {
  return `${schema}.${table}`;
}
