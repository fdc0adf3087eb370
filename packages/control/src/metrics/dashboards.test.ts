import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { METRICS } from './table.ts';

// What Grafana 11 takes (schemaVersion 39), as far as our dashboards go, and not a key more: a key
// that Grafana does not know is ignored there without a word, and so is never what was meant.
const text = z.string().min(1);
const source = z.strictObject({ type: z.literal('prometheus'), uid: z.literal('${datasource}') });
const gridPos = z.strictObject({
  x: z.int().min(0).max(23),
  y: z.int().min(0),
  w: z.int().min(1).max(24),
  h: z.int().min(1).max(40),
});
const target = z.strictObject({
  refId: z.string().regex(/^[A-Z]$/),
  datasource: source,
  expr: text,
  legendFormat: text,
  range: z.literal(true).optional(),
  instant: z.literal(true).optional(),
  format: z.enum(['table', 'time_series']).optional(),
});
const mapping = z.strictObject({
  type: z.literal('value'),
  options: z.record(z.string().regex(/^\d+$/), z.strictObject({ text, index: z.int().min(0) })),
});
const defaults = z.strictObject({
  unit: z.enum(['s', 'd', 'percentunit', 'percent', 'short', 'ops', 'reqps', 'dateTimeFromNow']),
  color: z.strictObject({ mode: z.enum(['thresholds', 'palette-classic']) }),
  thresholds: z.strictObject({
    mode: z.literal('absolute'),
    steps: z
      .array(
        z.strictObject({ color: z.enum(['green', 'red', 'blue']), value: z.number().nullable() }),
      )
      .min(1)
      // The first step is the ground on which the others stand.
      .refine(
        ([first, ...others]) => first?.value === null && others.every((s) => s.value !== null),
      ),
  }),
  mappings: z.array(mapping),
});
const panelOf = <Type extends string, Options extends z.ZodType>(type: Type, options: Options) =>
  z.strictObject({
    id: z.int().min(1),
    type: z.literal(type),
    title: text,
    description: text,
    datasource: source,
    gridPos,
    targets: z.array(target).min(1).max(8),
    fieldConfig: z.strictObject({ defaults, overrides: z.array(z.never()) }),
    options,
  });
const panel = z.discriminatedUnion('type', [
  z.strictObject({
    id: z.int().min(1),
    type: z.literal('row'),
    title: text,
    collapsed: z.literal(false),
    gridPos,
    panels: z.array(z.never()),
  }),
  panelOf(
    'stat',
    z.strictObject({
      colorMode: z.literal('background'),
      graphMode: z.literal('none'),
      justifyMode: z.literal('auto'),
      orientation: z.literal('auto'),
      textMode: z.literal('auto'),
      reduceOptions: z.strictObject({
        calcs: z.tuple([z.literal('lastNotNull')]),
        fields: z.literal(''),
        values: z.literal(false),
      }),
    }),
  ),
  panelOf(
    'timeseries',
    z.strictObject({
      legend: z.strictObject({
        displayMode: z.literal('list'),
        placement: z.literal('bottom'),
        showLegend: z.literal(true),
        calcs: z.array(z.never()),
      }),
      tooltip: z.strictObject({ mode: z.literal('multi'), sort: z.literal('desc') }),
    }),
  ),
  panelOf('table', z.strictObject({ showHeader: z.literal(true), cellHeight: z.literal('sm') })),
]);
const variable = z.strictObject({
  name: text,
  label: text,
  type: z.enum(['datasource', 'query']),
  datasource: source.optional(),
  query: z.union([z.literal('prometheus'), z.strictObject({ query: text, refId: text })]),
  hide: z.literal(0),
  includeAll: z.boolean(),
  allValue: text.optional(),
  multi: z.boolean(),
  refresh: z.union([z.literal(1), z.literal(2)]),
  sort: z.literal(1).optional(),
});
const dashboard = z.strictObject({
  uid: z.string().regex(/^[a-z-]{1,40}$/),
  title: text,
  description: text,
  tags: z.tuple([z.literal('falsework')]),
  schemaVersion: z.literal(39),
  version: z.literal(1),
  editable: z.literal(true),
  graphTooltip: z.literal(1),
  timezone: z.literal('browser'),
  refresh: z.literal('30s'),
  time: z.strictObject({ from: z.literal('now-6h'), to: z.literal('now') }),
  templating: z.strictObject({ list: z.array(variable).length(2) }),
  annotations: z.strictObject({
    list: z.array(
      z.strictObject({
        name: text,
        enable: z.literal(true),
        iconColor: z.literal('blue'),
        datasource: source,
        expr: text,
        titleFormat: text,
      }),
    ),
  }),
  links: z.array(
    z.strictObject({
      title: text,
      type: z.literal('dashboards'),
      tags: z.tuple([z.literal('falsework')]),
      asDropdown: z.literal(true),
      includeVars: z.literal(true),
      keepTime: z.literal(true),
    }),
  ),
  panels: z.array(panel).min(4),
});

const FOLDER = join(import.meta.dirname, '../../../../deploy/grafana');
const files = readdirSync(FOLDER).map((file) => ({
  file,
  read: (): unknown => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')),
}));
const queriesOf = (read: () => unknown): string[] =>
  dashboard
    .parse(read())
    .panels.flatMap((each) => (each.type === 'row' ? [] : each.targets.map(({ expr }) => expr)));

describe('the dashboards', () => {
  it('are four', () => {
    expect(files.map(({ file }) => file).sort()).toEqual([
      'data.json',
      'error-budget.json',
      'latency.json',
      'migration-health.json',
    ]);
  });

  it.each(files)(
    '$file is a dashboard of Grafana, with no key that it would ignore',
    ({ read }) => {
      const read39 = dashboard.safeParse(read());
      expect(read39.error && z.prettifyError(read39.error)).toBeUndefined();
    },
  );

  it.each(files)('$file has room for each panel, and each has its own number', ({ read }) => {
    const { panels } = dashboard.parse(read());
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos: at } of panels) {
      expect(at.x + at.w, title).toBeLessThanOrEqual(24);
      for (let x = at.x; x < at.x + at.w; x += 1) {
        for (let y = at.y; y < at.y + at.h; y += 1) {
          expect(taken.has(`${x} ${y}`), `${title} lies on another panel`).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });

  it.each(files)(
    '$file asks only for metrics that there are, of the migration chosen',
    ({ read }) => {
      for (const expr of queriesOf(read)) {
        const asked = [...expr.matchAll(/(falsework_\w+)(\{migration=~"\$migration")?/g)];
        expect(asked.length).toBeGreaterThan(0);
        for (const [, name = '', chosen] of asked) {
          expect(chosen, `${expr} shows all migrations`).toBeDefined();
          const family = name.replace(/_(bucket|count)$/, '');
          expect(METRICS.map((metric) => metric.name)).toContain(family);
        }
      }
    },
  );

  it('show every metric of the table between them', () => {
    const shown = files.flatMap(({ read }) => queriesOf(read)).join('\n');
    const missing = METRICS.filter(
      ({ name }) => !new RegExp(`\\b${name}(_bucket)?\\{`).test(shown),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('would be found wanting: a planted key, and a panel without a query', () => {
    const [first] = files;
    const good = dashboard.parse(first?.read());
    expect(dashboard.safeParse({ ...good, rows: [] }).success).toBe(false);
    const panels = good.panels.map((each) => ({ ...each, targets: [] }));
    expect(dashboard.safeParse({ ...good, panels }).success).toBe(false);
  });
});
