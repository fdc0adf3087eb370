import type { DataSection } from './schema/data-schema.ts';
import type { DataSettings } from './settings.ts';

/** Makes the data side's settings of a section that is valid. */
export function toData(section: DataSection): DataSettings {
  const { from, to, capture, tables, invariants, workflows, reads, limits } = section;
  return {
    from,
    to,
    capture,
    // Zod's types let what may be left out be `undefined`; it never is, only left out.
    tables: Object.fromEntries(
      Object.entries(tables).map(([table, rule]) => [table, Array.isArray(rule) ? rule : [rule]]),
    ) as DataSettings['tables'],
    invariants,
    workflows: workflows ?? null,
    reads: reads === undefined ? null : { keys: reads.keys, keysBack: reads.keysBack ?? null },
    limits: {
      rehearsalValidMs: limits.rehearsalValid,
      retainMs: limits.retain,
      fallsAfterMs: limits.fence,
      patienceMs: limits.patience,
      copyShare: limits.copyShare,
    },
  };
}
