import { METRICS } from '@falsework/control/metrics';

/** One line, or one column, of a panel. */
export interface Query {
  readonly expr: string;
  /** As Grafana writes it: `{{seam}}`. */
  readonly legend: string;
}

/** A panel, as far as it is not the same for all of them. */
export interface Panel {
  readonly title: string;
  readonly kind: 'stat' | 'timeseries' | 'table';
  readonly queries: readonly Query[];
  /** Of 24. */
  readonly width: number;
  /** What Grafana calls the unit; that of the first metric of the table unless said otherwise. */
  readonly unit?: string;
  /** Where good ends; `above` and `below` say on which side the bad is. */
  readonly bad?: { readonly is: 'above' | 'below'; readonly at: number };
  /** Words for values, such as those of stages. */
  readonly words?: Readonly<Record<number, string>>;
  /** Said when one look at the metric's meaning is not enough. */
  readonly about?: string;
}

/** A dashboard: rows of panels under a heading each. */
export interface Dashboard {
  readonly file: string;
  readonly title: string;
  readonly about: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}

/** A metric of the chosen migrations, with further conditions on its labels. */
export const of = (metric: string, where = ''): string =>
  `${metric}{migration=~"$migration"${where === '' ? '' : `,${where}`}}`;

/** As one series where several processes of control show it. */
export const max = (metric: string, by = 'migration', where = ''): string =>
  `max by (${by}) (${of(metric, where)})`;

/**
 * Over all processes of control: what each counts by itself is added up, and of what all of them
 * read from the store one is taken.
 */
const total = (metric: string, by: string, read: string): string => {
  const row = METRICS.find(({ name }) => name === metric.replace(/_(bucket|count)$/, ''));
  if (row?.isOfProcess === true) return `sum by (${by}) (${read})`;
  const labels = ['migration', ...(row?.labels ?? [])];
  const limits = metric.endsWith('_bucket') ? ['le'] : [];
  return `sum by (${by}) (max by (${[...labels, ...limits].join(', ')}) (${read}))`;
};

/** A gauge that several processes of control share. */
export const all = (metric: string): string => total(metric, 'migration', of(metric));

/** How much is counted in a second, by these labels. */
export const rate = (metric: string, by = 'migration', where = ''): string =>
  total(metric, by, `rate(${of(metric, where)}[5m])`);

/** A quantile of what was measured in the last five minutes. */
export const quantile = (q: number, metric: string, by: string, where = ''): string =>
  `histogram_quantile(${q}, ${rate(`${metric}_bucket`, `${by}, le`, where)})`;

/** A panel of one number for each migration. */
export const stat = (title: string, metric: string, over: Partial<Panel> = {}): Panel => ({
  title,
  kind: 'stat',
  queries: [{ expr: max(metric), legend: '{{migration}}' }],
  width: 4,
  ...over,
});

/** A panel of lines over time. */
export const lines = (
  title: string,
  queries: readonly Query[],
  over: Partial<Panel> = {},
): Panel => ({ title, kind: 'timeseries', queries, width: 12, ...over });
