import { describe, expect, it } from 'vitest';
import { snapshotWith } from '../../test/fixtures.ts';
import { cause, factsWith, routeFacts, tallyOf } from '../../test/report-fixtures.ts';
import { guardReport, type ReportFacts } from './guard-report.ts';
import { reportText, type TextOptions } from './report-text.ts';

const text = (facts: Partial<ReportFacts>, options?: TextOptions): string =>
  reportText(guardReport(factsWith(facts)), options);

const writes = Array.from({ length: 7 }, (_, i) =>
  routeFacts(`POST /w${i}`, { unproven: 'write', counts: { legacy: 100 - i } }),
);

describe('a report as people read it', () => {
  it('shows what is served, a row per route, its causes, and what is unproven', () => {
    const orders = routeFacts('GET /items/{id}', {
      counts: { legacy: 412_000 },
      tallies: [tallyOf({ match: 41_190, mismatch: 10 }, { legacyMs: 22, candidateMs: 19 })],
      signatures: [
        cause({ count: 8, template: '$.lines[*].discount' }),
        cause({
          id: '7c20',
          count: 2,
          template: '$.delivery.date',
          kind: 'string',
          samples: [
            {
              at: 1,
              path: '$.delivery.date',
              legacy: '"2026-11-21"',
              candidate: '"2026-11-20"',
              request: null,
            },
          ],
        }),
      ],
    });
    const pages = routeFacts('GET /items?p=', {
      counts: { legacy: 120_040 },
      tallies: [tallyOf({ match: 40_004 }, { legacyMs: 4.04, candidateMs: 3 })],
    });
    expect(text({ routes: [pages, orders, ...writes] })).toMatchInlineSnapshot(`
      "serving legacy, shadowing reads to candidate (10 %). Writes go to legacy only: 7 write routes are unproven.
      GET /items/{id}   41,200 compared   0.024 % differ, 2 causes           p99 22 → 19 ms
        #a41f   8×   $.lines[*].discount   number   10.005 → 10.00
        #7c20   2×   $.delivery.date       string   2026-11-21 → 2026-11-20
      GET /items?p=     40,004 compared   none differ, proven below 0.01 %   p99 4.0 → 3.0 ms
      unproven: POST /w0 100 · POST /w1 99 · POST /w2 98 · POST /w3 97 · POST /w4 96 · and 2 more
      callers: unchanged."
    `);
  });

  it('says where legacy differs from itself, and which rule would settle it', () => {
    const tally = tallyOf({ match: 10 }, { legacyMs: 2, candidateMs: 2 });
    const noisy = { pairs: 10, noisy: 4, candidateOnly: 0, noiseOnly: 4 };
    const path = { seam: 'GET /a', template: '$.at', kind: 'string', count: 4 };
    const route = routeFacts('GET /a', {
      tallies: [{ ...tally, noise: noisy }],
      noise: [{ ...path, rule: '{"rule":"instant","path":"$.at","within":"2s"}' }],
    });
    expect(text({ routes: [route] })).toContain(
      [
        '  noise: legacy differs from itself on 4 of 10 runs (40 %)',
        '    $.at   string   rule {"rule":"instant","path":"$.at","within":"2s"}',
      ].join('\n'),
    );
  });

  it('says what happened to a candidate that is dead', () => {
    const sides = factsWith().sides;
    const counts = {
      asked: 4_120,
      answered: 0,
      failures: [{ kind: 'refused', code: 'ECONNREFUSED', count: 4_120 }],
    } as const;
    const health = {
      side: 'candidate',
      at: 1,
      isHealthy: false,
      build: null,
      because: 'refused the connection (ECONNREFUSED)',
    } as const;
    const route = routeFacts('GET /orders/{id}', {
      counts: { legacy: 41_200 },
      tallies: [tallyOf({ candidate_error: 4_120 }, { legacyMs: 22 })],
      signatures: [
        cause({
          template: '(answer)',
          kind: 'outcome',
          count: 4_120,
          samples: [
            {
              at: 1,
              path: '(answer)',
              legacy: 'answered 200',
              candidate: 'refused the connection (ECONNREFUSED)',
              request: null,
            },
          ],
        }),
      ],
    });
    expect(
      text({
        routes: [route],
        sides: { ...sides, candidate: { ...sides.candidate, counts, health } },
      }),
    ).toMatchInlineSnapshot(`
      "serving legacy, shadowing reads to candidate (10 %).
      GET /orders/{id}   4,120 compared   100 % differ, 1 cause
        #a41f   4,120×   (answer)   outcome   answered 200 → refused the connection (ECONNREFUSED)
      candidate refused 4,120 of 4,120 connections (ECONNREFUSED)
      candidate fails its health checks: refused the connection (ECONNREFUSED)
      callers: unchanged."
    `);
  });

  it('says what was chosen and not compared, and why', () => {
    const route = routeFacts('GET /a', {
      counts: { legacy: 1_000 },
      tallies: [tallyOf({ match: 300, transient: 3, both_error: 2, timeout: 5, shed: 500 })],
      shed: { 'queue-full': 500 },
    });
    expect(text({ routes: [route] })).toMatchInlineSnapshot(`
      "serving legacy, shadowing reads to candidate (10 %).
      GET /a   303 compared   not enough yet: about 35,600 more for 0.01 %
        5 timed out · 2 failed on both sides · 3 did not repeat · 500 shed: queue full
      callers: unchanged."
    `);
  });

  it('says what was chosen but could not be compared', () => {
    const route = routeFacts('GET /a', { counts: { legacy: 1_000, early: 4, conditional: 6 } });
    expect(text({ routes: [route] })).toMatchInlineSnapshot(`
      "serving legacy, shadowing reads to candidate (10 %).
      GET /a   0 compared
        4 asked before the route was known · 6 left out: answered by what the caller has
      callers: unchanged."
    `);
  });

  it('says when enough was compared', () => {
    const route = routeFacts('GET /a', {
      counts: { legacy: 9 },
      tallies: [tallyOf({ match: 40_000 })],
    });
    expect(text({ routes: [route] })).toMatchInlineSnapshot(`
      "serving legacy, shadowing reads to candidate (10 %).
      GET /a   40,000 compared   none differ, proven below 0.01 %
      callers: unchanged."
    `);
  });

  it('says where a migration stands, and that the guard went back by itself', () => {
    const snapshot = snapshotWith({ stage: 'shift', percent: 25, shadow: { sample: 0.1 } });
    const retreat = { at: 1, step: 3, seam: 'GET /a', stratum: '', because: 'regression alarm' };
    const route = routeFacts('GET /a', {
      counts: { legacy: 80, candidate: 25, candidateFailed: 5, fallbacks: 5, legacyFailed: 1 },
      tallies: [tallyOf({ match: 10 })],
    });
    expect(
      text({ routes: [route, ...writes.slice(0, 1)], snapshot, retreat, faults: 2 }),
    ).toMatchInlineSnapshot(`
      "stage shift: serving 25 % from candidate, comparing 10 % of reads. Writes are not compared: 1 write route is unproven.
      GET /a   10 compared   not enough yet: about 35,900 more for 0.01 %
      5 reads answered by legacy after the candidate failed
      went back to legacy by itself at GET /a: regression alarm
      unproven: POST /w0 100
      2 internal faults, kept from callers
      callers: legacy failed 1 request."
    `);
  });

  it('says that nothing is compared yet while control has not spoken', () => {
    expect(text({ snapshot: snapshotWith({ stage: 'inert' }) })).toMatchInlineSnapshot(`
      "serving legacy, comparing nothing yet.
      callers: unchanged."
    `);
  });

  it('shows what fits a terminal and counts the rest', () => {
    const routes = Array.from({ length: 30 }, (_, i) =>
      routeFacts(`GET /r${i}`, {
        counts: { legacy: 100 - i },
        tallies: [tallyOf({ mismatch: 1 })],
        signatures: Array.from({ length: 9 }, (_, at) => cause({ id: `${at}` })),
      }),
    );
    const lines = text({ routes }, { routesMax: 2, causesMax: 1 }).split('\n');
    expect(lines.filter((line) => line.startsWith('GET'))).toHaveLength(2);
    expect(lines).toContain('  and 8 more causes');
    expect(lines).toContain('and 28 more routes');
  });
});
