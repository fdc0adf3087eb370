import type { FalseworkError } from '@falsework/core/errors';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { DataPlanInput, TableInput } from '../mapping/plan-input.ts';
import { resolveTable } from '../mapping/resolve-table.ts';
import { type Reversed, reverseOf } from '../mapping/reverse.ts';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { parseRelation, relationName } from '../postgres/quote.ts';
import { inReferenceOrder } from './reference-order.ts';

/** Why something does not come back on the way from the candidate's store to the legacy one. */
export interface Blocker {
  /** Of the legacy store. */
  readonly table: string;
  /** `null` when it is the whole table. */
  readonly column: string | null;
  readonly because: string;
}

/** A plan that holds together. */
export interface ResolvedPlan {
  /** From legacy to candidate; tables that others refer to come first. */
  readonly forward: readonly TableMapping[];
  /** The way back, for those tables that have one. */
  readonly reverse: readonly TableMapping[];
  /** What keeps the migration from being called rollback-safe. */
  readonly blockers: readonly Blocker[];
}

/** The two stores as their catalogues have them. */
export interface StoreCatalogues {
  readonly legacy: Catalogue;
  readonly candidate: Catalogue;
}

/** A plan, or everything that is wrong with it. */
export type PlanResolution =
  | { readonly plan: ResolvedPlan }
  | { readonly refused: readonly FalseworkError[] };

/** Resolves the whole plan. Everything that is wrong comes back at once, each with its column. */
export function resolvePlan(input: DataPlanInput, stores: StoreCatalogues): PlanResolution {
  const { legacy, candidate } = stores;
  const refused: FalseworkError[] = [];
  const forward: TableMapping[] = [];
  const reverse: TableMapping[] = [];
  const blockers: Blocker[] = [];
  for (const [name, table] of tableInputs(input)) {
    const resolved = resolveTable(name, table, { source: legacy, follower: candidate });
    if ('refused' in resolved) {
      refused.push(...resolved.refused);
      continue;
    }
    forward.push(resolved.mapping);
    const back = wayBack(resolved, table, stores);
    blockers.push(...back.blockers);
    if (back.mapping !== null) reverse.push(back.mapping);
  }
  if (refused.length > 0) return { refused };
  return {
    plan: {
      forward: inReferenceOrder(forward, candidate),
      reverse: inReferenceOrder(reverse, legacy),
      blockers,
    },
  };
}

/** Each table of the plan with each of its mappings. */
function tableInputs({ tables }: DataPlanInput): [string, TableInput][] {
  return Object.entries(tables).flatMap(([name, table]) =>
    (Array.isArray(table) ? (table as readonly TableInput[]) : [table as TableInput]).map(
      (one): [string, TableInput] => [name, one],
    ),
  );
}

interface WayBack {
  readonly mapping: TableMapping | null;
  readonly blockers: readonly Blocker[];
}

function wayBack(
  { mapping, own }: { readonly mapping: TableMapping; readonly own: readonly string[] },
  input: TableInput,
  { legacy, candidate }: StoreCatalogues,
): WayBack {
  const table = relationName(mapping.source);
  const all = legacy.tables.get(table)?.columns ?? [];
  const sourceColumns = all.filter((column) => !column.isGenerated);
  const reversed: Reversed = reverseOf(mapping, input, { sourceColumns, own });
  const blockers = reversed.blockers.map((blocker) => ({ table, ...blocker }));
  const resolved = resolveTable(reversed.name, reversed.input, {
    source: candidate,
    follower: legacy,
  });
  if ('mapping' in resolved) return { mapping: resolved.mapping, blockers };
  const reasons = resolved.refused.map(({ message }) => ({
    table,
    column: null,
    because: message,
  }));
  return { mapping: null, blockers: [...blockers, ...reasons] };
}

/** The tables of each store that the plan names, for reading their catalogues. */
export function tablesOfPlan(input: DataPlanInput): { legacy: string[]; candidate: string[] } {
  const inputs = tableInputs(input);
  const names = (all: readonly string[]): string[] => [
    ...new Map(
      all.map((name) => {
        const relation = parseRelation(name, '');
        return [relation === null ? name : relationName(relation), name];
      }),
    ).values(),
  ];
  return {
    legacy: names(inputs.map(([name]) => name)),
    candidate: names(inputs.map(([, { to }]) => to)),
  };
}
