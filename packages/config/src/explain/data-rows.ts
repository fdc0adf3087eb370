import type { DataSettings } from '../settings.ts';
import { durationText } from '../units/index.ts';

/** A setting by its place, and what is in force there. */
interface DataRow {
  readonly at: readonly string[];
  readonly value: string;
}

/** The settings of the data side. Addresses of databases may hold passwords and are not shown. */
export function dataRows(data: DataSettings | null): readonly DataRow[] {
  if (data === null) return [];
  const { limits, tables, invariants, workflows } = data;
  const at = (...path: string[]): readonly string[] => ['data', ...path];
  const census =
    workflows === null ? '(none)' : workflows === 'none' ? 'none' : `on ${workflows.on}`;
  return [
    { at: at('from'), value: '(set)' },
    { at: at('to'), value: '(set)' },
    { at: at('capture'), value: data.capture },
    ...Object.entries(tables).map(([table, rules]) => ({
      at: at('tables', table),
      value: rules.map(({ to }) => to).join(', '),
    })),
    ...Object.entries(invariants).map(([name, piece]) => ({
      at: at('invariants', name),
      value: 'sql' in piece ? 'one statement' : 'a statement for each store',
    })),
    { at: at('workflows'), value: census },
    ...readRows(data),
    { at: at('limits', 'rehearsalValid'), value: durationText(limits.rehearsalValidMs) },
    { at: at('limits', 'retain'), value: durationText(limits.retainMs) },
    { at: at('limits', 'fence'), value: durationText(limits.fallsAfterMs) },
    { at: at('limits', 'patience'), value: durationText(limits.patienceMs) },
    { at: at('limits', 'copyShare'), value: String(limits.copyShare) },
  ];
}

function readRows({ reads }: DataSettings): readonly DataRow[] {
  if (reads === null) return [{ at: ['data', 'reads'], value: '(none)' }];
  return Object.entries({ keys: reads.keys, keysBack: reads.keysBack ?? {} }).flatMap(
    ([name, keys]) =>
      Object.entries(keys).map(([table, key]) => ({
        at: ['data', 'reads', name, table],
        value: key ?? '(not looked at)',
      })),
  );
}
