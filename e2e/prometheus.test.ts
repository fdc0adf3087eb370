import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERTS } from '@falsework/control/metrics';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Folder } from './support/falsework.ts';
import { MetricsWorld } from './support/metrics-world.ts';
import { PROMETHEUS_MISSING, Prometheus, promtool } from './support/prometheus.ts';

const DASHBOARDS = join(import.meta.dirname, '../deploy/grafana');
const SOON = { timeout: 20_000, interval: 250 };
// A walk through gates takes seconds, and on a machine with other work some more.
const BEGUN_WITHIN_MS = 120_000;
const LATER = { timeout: 50_000, interval: 250 };

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}

const chosen = (expr: string): string => expr.replaceAll('$migration', '.*');
const dashboards = readdirSync(DASHBOARDS).map((file) => {
  const read = JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8')) as Dashboard;
  const queries = read.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ title, expr: chosen(expr) })),
  );
  return { file, queries, marks: read.annotations.list.map(({ expr }) => chosen(expr)) };
});

if (PROMETHEUS_MISSING !== null) console.warn(`metrics are not scraped: ${PROMETHEUS_MISSING}`);

describe.skipIf(PROMETHEUS_MISSING !== null)('what Prometheus is given', () => {
  it('is a configuration and rules that it takes', () => {
    // Of the example, the token is the reader's own to add.
    const config = promtool(['check', 'config', '--syntax-only', 'prometheus.yml']);
    expect(config.said).toContain('SUCCESS');
    const rules = promtool(['check', 'rules', 'falsework.rules.yml']);
    expect(rules.said).toContain(`SUCCESS: ${ALERTS.length} rules found`);
    expect([config.status, rules.status]).toEqual([0, 0]);
  });

  it('are alerts that fire when they should, not before, and end', () => {
    const { status, said } = promtool(['test', 'rules', 'falsework.rules.test.yml']);
    expect(said).toContain('SUCCESS');
    expect(status).toBe(0);
  });

  describe('by a migration that runs', () => {
    let folder: Folder;
    let world: MetricsWorld;
    let prometheus: Prometheus;

    beforeAll(async () => {
      folder = new Folder();
      world = new MetricsWorld();
      await world.start(folder.path);
      const { url, token } = world.control;
      prometheus = await Prometheus.start(folder.path, url, token);
      await vi.waitFor(async () => expect(await world.stage('orders')).toBe('shadow'), LATER);
      await vi.waitFor(async () => {
        await world.traffic();
        expect(await world.accept()).toBe(true);
      }, LATER);
      await vi.waitFor(async () => {
        await world.traffic();
        expect(await world.stage('orders')).toBe('shift');
      }, LATER);
      await world.traffic();
    }, BEGUN_WITHIN_MS);

    afterAll(async () => {
      await prometheus?.stop();
      await world?.stop();
      folder?.remove();
    });

    it('is text that promtool reads', async () => {
      const { url, token } = world.control;
      const headers = { authorization: `Bearer ${token}` };
      const text = await (await fetch(`${url}/metrics`, { headers })).text();
      const { said } = promtool(['check', 'metrics'], { input: text });
      // People count the days of a migration, and nobody its seconds.
      expect(said.trim().split('\n')).toEqual([
        'falsework_accepted_days_left use base unit "seconds" instead of "days"',
        'falsework_days_to_deletion use base unit "seconds" instead of "days"',
      ]);
    });

    it.each(dashboards)('gives data to every query of $file', async ({ queries, marks }) => {
      expect(queries.length).toBeGreaterThan(5);
      await vi.waitFor(async () => {
        await world.traffic();
        const empty: string[] = [];
        for (const { title, expr } of queries) {
          const series = await prometheus.query(expr);
          const values = series.map(({ value }) => Number(value[1]));
          if (values.every(Number.isNaN)) empty.push(`${title}: ${expr}`);
        }
        expect(empty).toEqual([]);
      }, SOON);
      for (const expr of marks) await prometheus.query(expr);
    });

    it.each([
      'falsework_verdicts_total{migration="orders",seam="GET /orders/{id}",verdict="match"}',
      'falsework_verdicts_total{migration="orders",seam="GET /orders/{id}",verdict="accepted"}',
      'falsework_verdicts_total{migration="orders",seam="pricing.quote",verdict="match"}',
      'falsework_served_total{migration="orders",seam="GET /orders/{id}",side="candidate"}',
      'falsework_served_total{migration="orders",seam="pricing.quote",side="candidate"}',
      'falsework_latency_seconds_count{migration="orders",side="legacy"}',
      'falsework_latency_seconds_count{migration="orders",side="candidate"}',
      'falsework_guard_own_seconds_count{migration="orders"}',
      'falsework_context_snapshot_seconds_count{migration="orders"}',
      'falsework_legacy_hits_total{migration="orders"}',
      'falsework_verified_through_timestamp_seconds{migration="ledger"}',
    ])('counts what really happened: %s', async (expr) => {
      // A share moves a moment after it was decided, and reports come once a second.
      await vi.waitFor(async () => {
        await world.traffic();
        const [series] = await prometheus.query(`max(max_over_time(${expr}[5m]))`);
        expect(Number(series?.value[1])).toBeGreaterThan(0);
      }, SOON);
    });

    it('lets every alert be evaluated, and the one fire whose day is over', async () => {
      await vi.waitFor(async () => {
        const rules = await prometheus.rules();
        expect(rules.map(({ name, health }) => `${name} ${health}`)).toEqual(
          ALERTS.map(({ name }) => `${name} ok`),
        );
      }, SOON);
      for (const { expr } of ALERTS) await prometheus.query(expr);
      const firing = (await prometheus.alerts()).filter(({ state }) => state === 'firing');
      expect(firing.map(({ labels }) => labels.alertname)).toEqual(['FalseworkCoexistenceOverrun']);
      expect(firing[0]?.labels).toMatchObject({ migration: 'ledger', severity: 'critical' });
      expect(firing[0]?.annotations.description).toContain('-12.0 days are left');
    });
  });
});
