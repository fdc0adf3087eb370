import { METRICS, type Unit } from '@falsework/control/metrics';
import { BUDGET } from './budget.ts';
import { DATA } from './data.ts';
import { HEALTH } from './health.ts';
import { LATENCY } from './latency.ts';
import type { Dashboard, Panel } from './panel.ts';

/** Every dashboard. */
export const DASHBOARDS: readonly Dashboard[] = [HEALTH, LATENCY, BUDGET, DATA];

const UNITS: Readonly<Record<Unit, string>> = {
  seconds: 's',
  days: 'd',
  ratio: 'percentunit',
  percent: 'percent',
  rows: 'short',
  runs: 'short',
  calls: 'short',
  writes: 'short',
  'yes or no': 'short',
  number: 'short',
};
// Of Grafana 11; later ones read it too, and bring it up to their own.
const SCHEMA_VERSION = 39;
const COLUMNS = 24;
const HEIGHTS = { stat: 4, timeseries: 8, table: 8 } as const;
const SOURCE = { type: 'prometheus', uid: '${datasource}' } as const;
const REFS = 'ABCDEFGH';

/** One dashboard as Grafana imports it. */
export function grafanaDashboard({ file, title, about, rows }: Dashboard): object {
  return {
    uid: `falsework-${file}`,
    title,
    description: about,
    tags: ['falsework'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    timezone: 'browser',
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: variables() },
    annotations: { list: [decisions()] },
    links: [links()],
    panels: laidOut(rows),
  };
}

function variables(): object[] {
  return [
    {
      name: 'datasource',
      label: 'Prometheus',
      type: 'datasource',
      query: 'prometheus',
      hide: 0,
      includeAll: false,
      multi: false,
      refresh: 1,
    },
    {
      name: 'migration',
      label: 'Migration',
      type: 'query',
      datasource: SOURCE,
      query: { query: 'label_values(falsework_stage, migration)', refId: 'migration' },
      hide: 0,
      includeAll: true,
      allValue: '.*',
      multi: true,
      refresh: 2,
      sort: 1,
    },
  ];
}

/** Every decision is marked on every chart: what changed just before is the first question. */
function decisions(): object {
  return {
    name: 'Decisions',
    enable: true,
    iconColor: 'blue',
    datasource: SOURCE,
    expr: 'changes(falsework_decisions_total{migration=~"$migration"}[1m]) > 0',
    titleFormat: '{{migration}}: a decision',
  };
}

function links(): object {
  return {
    title: 'Falsework',
    type: 'dashboards',
    tags: ['falsework'],
    asDropdown: true,
    includeVars: true,
    keepTime: true,
  };
}

function laidOut(rows: Dashboard['rows']): object[] {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: specs } of rows) {
    const gridPos = { x: 0, y, w: COLUMNS, h: 1 };
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos,
      panels: [],
    });
    y += 1;
    let [x, height] = [0, 0];
    for (const spec of specs) {
      if (x + spec.width > COLUMNS) [x, y, height] = [0, y + height, 0];
      const h = HEIGHTS[spec.kind];
      panels.push(panelOf(spec, panels.length + 1, { x, y, w: spec.width, h }));
      x += spec.width;
      height = Math.max(height, h);
    }
    y += height;
  }
  return panels;
}

function panelOf(panel: Panel, id: number, gridPos: object): object {
  const metric = metricOf(panel);
  return {
    id,
    type: panel.kind,
    title: panel.title,
    description: panel.about ?? metric.help,
    datasource: SOURCE,
    gridPos,
    targets: panel.queries.map(({ expr, legend }, at) => ({
      refId: REFS[at],
      datasource: SOURCE,
      expr,
      legendFormat: legend,
      ...(panel.kind === 'timeseries'
        ? { range: true }
        : { instant: true, format: panel.kind === 'table' ? 'table' : 'time_series' }),
    })),
    fieldConfig: {
      defaults: {
        unit: panel.unit ?? UNITS[metric.unit],
        color: { mode: panel.kind === 'timeseries' ? 'palette-classic' : 'thresholds' },
        thresholds: { mode: 'absolute', steps: steps(panel.bad) },
        mappings: mappings(panel.words),
      },
      overrides: [],
    },
    options: optionsOf(panel.kind),
  };
}

function metricOf(panel: Panel): (typeof METRICS)[number] {
  const [expr = ''] = panel.queries.map((query) => query.expr);
  const name = /falsework_\w+/.exec(expr)?.[0].replace(/_(bucket|count|sum)$/, '');
  const metric = METRICS.find((each) => each.name === name);
  if (metric === undefined) throw new Error(`${panel.title} shows no metric of the table: ${expr}`);
  return metric;
}

function steps(bad: Panel['bad']): object[] {
  if (bad === undefined) return [{ color: 'blue', value: null }];
  const colors = bad.is === 'above' ? ['green', 'red'] : ['red', 'green'];
  return [
    { color: colors[0], value: null },
    { color: colors[1], value: bad.at },
  ];
}

function mappings(words: Panel['words']): object[] {
  if (words === undefined) return [];
  const entries = Object.entries(words).map(([value, text], index) => [value, { text, index }]);
  return [{ type: 'value', options: Object.fromEntries(entries) }];
}

function optionsOf(kind: Panel['kind']): object {
  if (kind === 'table') return { showHeader: true, cellHeight: 'sm' };
  if (kind === 'timeseries') {
    const legend = { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] };
    return { legend, tooltip: { mode: 'multi', sort: 'desc' } };
  }
  return {
    colorMode: 'background',
    graphMode: 'none',
    justifyMode: 'auto',
    orientation: 'auto',
    textMode: 'auto',
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  };
}
