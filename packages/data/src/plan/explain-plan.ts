import { formatCount } from '@falsework/core/text';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { relationName } from '../postgres/quote.ts';
import type { DataPlan } from './plan-data.ts';

/** A plan in words, line by line, as `falsework data plan` prints it. */
export function explainPlan(plan: DataPlan): string[] {
  const { legacy, candidate, refused, findings, blockers, cost } = plan;
  const lines = [
    `${plan.name}: PostgreSQL ${legacy.version} (${legacy.database}) to PostgreSQL ${candidate.version} (${candidate.database})`,
  ];
  for (const mapping of plan.resolved?.forward ?? []) lines.push(`  ${mappingLine(mapping)}`);
  section(
    lines,
    'Refused',
    refused.map(({ code, message }) => `${code} ${message}`),
  );
  section(
    lines,
    'To be known',
    findings.map(({ subject, column, because }) => `${nameOf(subject, column)}: ${because}`),
  );
  section(
    lines,
    'Not rollback-safe',
    blockers.map(({ table, column, because }) => `${nameOf(table, column)}: ${because}`),
  );
  section(
    lines,
    'Cost of capture',
    cost.map(
      ({ table, perRowUs, writesPerSecond, bytesPerSecond }) =>
        `${table}: about ${perRowUs} µs per row, at ${writesPerSecond.toFixed(1)} rows/s ${formatCount(bytesPerSecond)} bytes/s`,
    ),
  );
  if (refused.length === 0 && blockers.length === 0)
    lines.push('Rollback-safe: every column has its way back.');
  return lines;
}

function mappingLine({ source, follower, key, columns, where }: TableMapping): string {
  const names = key.map(({ name }) => name).join(', ');
  const filter = where === null ? '' : `, where ${where}`;
  return `${relationName(source)} → ${relationName(follower)}: ${key.length + columns.length} columns, key ${names}${filter}`;
}

function section(lines: string[], title: string, entries: readonly string[]): void {
  if (entries.length === 0) return;
  lines.push(`${title}:`, ...entries.map((entry) => `  ${entry}`));
}

function nameOf(subject: string, column: string | null): string {
  return column === null ? subject : `${subject}.${column}`;
}
