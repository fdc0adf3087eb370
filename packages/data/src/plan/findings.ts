import type { CaptureKind } from '../capture/registry.ts';
import type { Catalogue, Table } from '../catalogue/catalogue.ts';
import type { KeyColumn, TableMapping } from '../mapping/table-mapping.ts';
import { quoteName, relationName } from '../postgres/quote.ts';
import type { ResolvedPlan, StoreCatalogues } from './resolve-plan.ts';

/** What kind of thing a finding is about. */
export type FindingKind =
  | 'unindexed-key'
  | 'bypass'
  | 'follower-trigger'
  | 'foreign-key'
  | 'lossy'
  | 'text-compared'
  | 'encoding'
  | 'sequence';

/** Something to be known before a plan is run; it does not forbid it. */
export interface Finding {
  readonly kind: FindingKind;
  /** `public.entries`, or the name of a store. */
  readonly subject: string;
  /** `null` when it is about more than a column. */
  readonly column: string | null;
  /** What it is and what comes of it, for people. */
  readonly because: string;
}

const ORDER: readonly FindingKind[] = [
  'unindexed-key',
  'bypass',
  'follower-trigger',
  'foreign-key',
  'encoding',
  'lossy',
  'text-compared',
  'sequence',
];

/** Everything to be known of a plan that holds together, the most serious first. */
export function findingsOf(
  plan: ResolvedPlan,
  { legacy, candidate }: StoreCatalogues,
  capture: CaptureKind,
): Finding[] {
  const findings = plan.forward.flatMap((mapping) => [
    ...unindexed(mapping, { legacy, candidate }),
    ...columnFindings(mapping),
    ...followerFindings(mapping, plan, candidate),
  ]);
  if (capture === 'trigger') findings.push(...bypasses(legacy));
  if (legacy.server.encoding !== candidate.server.encoding) {
    findings.push({
      kind: 'encoding',
      subject: 'candidate',
      column: null,
      because: `its encoding is ${candidate.server.encoding}, that of legacy is ${legacy.server.encoding}: characters that it does not have are refused row by row`,
    });
  }
  return findings.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** Both sides are walked in the order of the key; without an index that is a sort per chunk. */
function unindexed(mapping: TableMapping, { legacy, candidate }: StoreCatalogues): Finding[] {
  const sides = [
    {
      table: legacy.tables.get(relationName(mapping.source)),
      order: mapping.key.map((key) => key.sourceOrder),
    },
    {
      table: candidate.tables.get(relationName(mapping.follower)),
      order: mapping.key.map((key) => key.followerOrder),
    },
  ];
  return sides.flatMap(({ table, order }) => {
    if (table === undefined || isIndexed(table, order)) return [];
    return [
      {
        kind: 'unindexed-key' as const,
        subject: relationName(table.relation),
        column: null,
        because: `no index has the order ${order.join(', ')}: every chunk would sort or read the whole table`,
      },
    ];
  });
}

function isIndexed(table: Table, order: readonly string[]): boolean {
  return table.indexes.some(({ columns, byteOrdered }) =>
    order.every((wanted, i) => {
      const name = columns[i];
      if (name === null || name === undefined) return false;
      if (wanted === quoteName(name)) return true;
      return wanted === `${quoteName(name)} COLLATE "C"` && byteOrdered[i] === true;
    }),
  );
}

function columnFindings(mapping: TableMapping): Finding[] {
  const subject = relationName(mapping.follower);
  const columns: readonly (KeyColumn | TableMapping['columns'][number])[] = [
    ...mapping.key,
    ...mapping.columns,
  ];
  return columns.flatMap(({ name: column, lossy, comparison: { because } }) => [
    ...(lossy === null ? [] : [{ kind: 'lossy' as const, subject, column, because: lossy }]),
    ...(because === null ? [] : [{ kind: 'text-compared' as const, subject, column, because }]),
  ]);
}

function followerFindings(
  mapping: TableMapping,
  plan: ResolvedPlan,
  { server, tables }: Catalogue,
): Finding[] {
  const subject = relationName(mapping.follower);
  const table = tables.get(subject);
  if (table === undefined) return [];
  const sequences = table.sequences.map(({ column, sequence }) => ({
    kind: 'sequence' as const,
    subject,
    column,
    because: `${relationName(sequence)} is moved on at turnover, before the candidate gives out values`,
  }));
  if (server.maySetReplicaRole) return sequences;
  const triggers = table.triggers
    .filter(({ isEnabled }) => isEnabled)
    .map(({ name }) => ({
      kind: 'follower-trigger' as const,
      subject,
      column: null,
      because: `trigger ${name} fires for rows that are carried over; role ${server.role} may not keep it from that (SET ON PARAMETER session_replication_role)`,
    }));
  const planned = new Set(plan.forward.map(({ follower }) => relationName(follower)));
  const references = table.foreignKeys
    .filter(({ from, to }) => relationName(from) === subject && !planned.has(relationName(to)))
    .map(({ name, to }) => ({
      kind: 'foreign-key' as const,
      subject,
      column: null,
      because: `${name} refers to ${relationName(to)}, which is not in the plan: rows wait as dead letters until it has theirs`,
    }));
  return [...triggers, ...references, ...sequences];
}

function bypasses({ server, tables }: Catalogue): Finding[] {
  return [...tables]
    .filter(([, { privileges }]) => !privileges.includes('own'))
    .map(([subject]) => ({
      kind: 'bypass' as const,
      subject,
      column: null,
      because: `role ${server.role} does not own it: writes under session_replication_role = replica pass capture by, and only the counters show them`,
    }));
}
