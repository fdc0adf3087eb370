import { describe, expect, it } from 'vitest';
import { LABELS, type LabelName } from './labels.ts';
import { METRICS } from './table.ts';

const SUFFIXES = { seconds: '_seconds', ratio: '_ratio', percent: '_percent', rows: '' } as const;

describe('the table of metrics', () => {
  it('names each once', () => {
    const names = METRICS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  it.each(METRICS)('$name is named as Prometheus asks for', ({ name, type, unit }) => {
    expect(name).toMatch(/^falsework_[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    if (type === 'histogram') expect(unit).toBe('seconds');
    const suffix = Object.entries(SUFFIXES).find(([each]) => each === unit)?.[1] ?? '';
    expect(name.endsWith(suffix)).toBe(true);
    expect(name.endsWith('_seconds')).toBe(unit === 'seconds');
    expect(name.endsWith('_ratio')).toBe(unit === 'ratio');
  });

  it.each(METRICS)('$name says in one sentence what it means', ({ help }) => {
    expect(help).toMatch(/^[^\n]{10,200}\.$/);
    expect(help.slice(0, -1)).not.toMatch(/\. [A-Z]/);
  });

  it.each(METRICS)('$name names who measures it, and no label twice', ({ from, labels }) => {
    expect(from.length).toBeGreaterThan(0);
    expect(labels).toEqual([...new Set(labels)]);
    // Every metric has it, so none says so.
    expect(labels).not.toContain('migration');
  });

  it('uses every label that it has a bound for', () => {
    const used = new Set<LabelName>(['migration', ...METRICS.flatMap(({ labels }) => labels)]);
    expect([...used].sort()).toEqual(Object.keys(LABELS).sort());
  });

  it('has no label that callers, builds or restarts make more of', () => {
    const unbounded = /cause|signature|^id$|path|plane|journal|build|key|request|route|by|text|why/;
    expect(Object.keys(LABELS).filter((label) => unbounded.test(label))).toEqual([]);
  });
});
