import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERTS, METRICS, runbookOf } from '@falsework/control/metrics';
import { describe, expect, it } from 'vitest';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '..', path), 'utf8');
const sections = new Map(
  read('docs/operating/alerts.md')
    .split(/^## /m)
    .slice(1)
    .map((text) => {
      const [name = '', ...lines] = text.split('\n');
      return [name, lines.join('\n')];
    }),
);
const tests = read('deploy/prometheus/falsework.rules.test.yml');

describe('every alert', () => {
  it('has a section of its own in the runbooks, in the same order, and there is no other', () => {
    expect([...sections.keys()]).toEqual(ALERTS.map(({ name }) => name));
  });

  it.each(ALERTS)(
    '$name: its runbook says what it means, what to do, and what undo costs',
    (alert) => {
      const section = sections.get(alert.name) ?? '';
      const parts = [...section.matchAll(/^\*\*([A-Z][^*]+)\.\*\*/gm)].map(([, title]) => title);
      expect(parts).toEqual(['What it means', 'How to look', 'What to do', 'What undo costs']);
      // As a heading is linked to.
      expect(runbookOf(alert)).toBe(`docs/operating/alerts.md#${alert.name.toLowerCase()}`);
    },
  );

  it.each(ALERTS)('$name says its value, and where', ({ name, summary, description, expr }) => {
    expect(name).toMatch(/^Falsework[A-Z]\w+$/);
    expect(description).toContain('$value');
    const isOfControl = !expr.includes('by (migration');
    expect(summary.includes('$labels.migration')).toBe(!isOfControl);
  });

  it.each(ALERTS)(
    '$name asks only for metrics that there are, of labels that they have',
    ({ expr }) => {
      const asked = [...expr.matchAll(/\b(falsework_\w+)(?:\{([^}]*)\})?/g)];
      for (const [, series = '', where = ''] of asked) {
        const metric = METRICS.find(({ name }) => name === series.replace(/_bucket$/, ''));
        expect(metric, series).toBeDefined();
        const labels = [...where.matchAll(/(\w+)=~?"/g)].map(([, label]) => label);
        expect(['migration', ...(metric?.labels ?? [])]).toEqual(expect.arrayContaining(labels));
      }
    },
  );

  it.each(ALERTS)('$name is tested to be silent before, to fire, and to be over', ({ name }) => {
    const checks = [...tests.matchAll(/alertname: (\w+)\n +exp_alerts:( \[\])?/g)]
      .filter(([, tested]) => tested === name)
      .map(([, , silent]) => (silent === undefined ? 'fires' : 'silent'))
      .join(' ');
    expect(checks).toMatch(/silent( silent)? fires( fires)? silent/);
  });
});
