import { describe, expect, it } from 'vitest';
import { snapshotWith } from '../../test/fixtures.ts';
import { cause, factsWith, routeFacts, tallyOf } from '../../test/report-fixtures.ts';
import { guardReport, type ReportFacts } from './guard-report.ts';
import { ALL_TEXT, reportText, type TextOptions } from './report-text.ts';

const text = (facts: Partial<ReportFacts>, options?: TextOptions): string =>
  reportText(guardReport(factsWith(facts)), options);

const writes = Array.from({ length: 7 }, (_, i) =>
  routeFacts(`PUT /${i}`, { unproven: 'write', counts: { legacy: 9 - i } }),
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
      Of two values or times the first is legacy’s, the second the candidate’s.
      GET /items/{id}   41,200 compared   0.024 % differ, 2 causes           p99 22 → 19 ms
        #a41f   8×   $.lines[*].discount   number   10.005 → 10.00
        #7c20   2×   $.delivery.date       string   2026-11-21 → 2026-11-20
      GET /items?p=     40,004 compared   none differ, proven below 0.01 %   p99 4.0 → 3.0 ms
      unproven (writes): PUT /0 9 · PUT /1 8 · PUT /2 7 · PUT /3 6 · PUT /4 5 · and 2 more (--all)
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
      Of two values or times the first is legacy’s, the second the candidate’s.
      GET /orders/{id}   4,120 compared   100 % differ, 1 cause
        #a41f   4,120×   (answer)   outcome   answered 200 → refused the connection (ECONNREFUSED…
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
      GET /a   303 compared   none differ
        5 timed out · 2 failed on both sides · 3 did not repeat · 500 shed: queue full
      1 route not proven yet: below 0.01 % takes about 35,900 comparisons that do not differ
      callers: unchanged."
    `);
  });

  it('says what was chosen but could not be compared', () => {
    const route = routeFacts('GET /a', { counts: { legacy: 1_000, early: 4, conditional: 6 } });
    expect(text({ routes: [route] })).toMatchInlineSnapshot(`
      "serving legacy, shadowing reads to candidate (10 %).
      GET /a   0 compared
        6 left out: answered by what the caller has
      4 reads not compared: asked before the route was known
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
      GET /a   10 compared   none differ
      5 reads answered by legacy after the candidate failed
      went back to legacy by itself at GET /a: regression alarm
      1 route not proven yet: below 0.01 % takes about 35,900 comparisons that do not differ
      unproven (writes): PUT /0 9
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
    expect(lines).toContain('  and 8 more causes (--all)');
    expect(lines).toContain('and 28 more routes (--all)');
  });

  it('shows everything to whoever wants all of it', () => {
    const routes = Array.from({ length: 30 }, (_, i) =>
      routeFacts(`GET /r${i}`, {
        counts: { legacy: 100 - i },
        tallies: [tallyOf({ mismatch: 1 })],
        signatures: Array.from({ length: 9 }, (_, at) => cause({ id: `${at}` })),
      }),
    );
    const whole = text({ routes: [...routes, ...writes] }, ALL_TEXT);
    expect(whole.split('\n').filter((line) => line.startsWith('GET'))).toHaveLength(30);
    expect(whole.match(/^ {2}#/gm)).toHaveLength(270);
    expect(whole).toContain('PUT /5 4 · PUT /6 3\n');
    expect(whole).not.toContain('more');
  });

  it('says once for all routes what holds for most of them', () => {
    const routes = ['a', 'b', 'c'].map((name, i) =>
      routeFacts(`GET /${name}`, {
        counts: { legacy: 900 - i, early: 7 },
        tallies: [tallyOf({ match: 900 - i })],
      }),
    );
    expect(text({ routes })).toMatchInlineSnapshot(`
      "serving legacy, shadowing reads to candidate (10 %).
      GET /a   900 compared   none differ
      GET /b   899 compared   none differ
      GET /c   898 compared   none differ
      21 reads not compared: asked before the route was known
      3 routes not proven yet: below 0.01 % takes about 35,900 comparisons that do not differ, each
      callers: unchanged."
    `);
  });

  it('says of a long value where it begins to differ, and of another order only that', () => {
    const example = (legacy: string, candidate: string) => [
      { at: 1, path: '$.a', legacy, candidate, request: null },
    ];
    const street = 'a very long street name in a very long list of street names';
    const route = routeFacts('GET /me', {
      counts: { legacy: 9 },
      tallies: [tallyOf({ match: 7, mismatch: 2 })],
      signatures: [
        cause({
          template: '$.list',
          kind: 'order',
          samples: example(`[{"street":"${street}"},{"a":1}]`, `[{"a":1},{"street":"${street}"}]`),
        }),
        cause({
          id: 'b',
          template: '$.street',
          kind: 'string',
          samples: example(`"${street} 12"`, `"${street} 13"`),
        }),
      ],
    });
    expect(text({ routes: [route] })).toMatchInlineSnapshot(`
      "serving legacy, shadowing reads to candidate (10 %).
      Of two values or times the first is legacy’s, the second the candidate’s.
      GET /me   9 compared   22 % differ, 2 causes
        #a41f   1×   $.list     order    the same elements in another order
        #b      1×   $.street   string   …reet names 12 → …reet names 13
      callers: unchanged."
    `);
  });

  it('tells what failed before callers from what only comparing asked for', () => {
    const { sides } = factsWith();
    const timeouts = (count: number) => [{ kind: 'timeout', code: 'timeout', count }] as const;
    const legacy = {
      ...sides.legacy,
      counts: { asked: 6_340, answered: 6_325, failures: timeouts(15) },
      shadows: { asked: 340, answered: 328, failures: timeouts(12) },
    };
    expect(
      text({ sides: { ...sides, legacy } })
        .split('\n')
        .slice(1, 3),
    ).toEqual([
      'legacy did not answer in time to 3 of 6,000 requests',
      'legacy did not answer in time to 12 of 340 requests asked only to compare: no caller waited',
    ]);
  });

  it('lists what is unproven by the reason for it', () => {
    const routes = [
      ...writes.slice(0, 2),
      routeFacts('GET /events', { unproven: 'stream', counts: { legacy: 3 } }),
      routeFacts('(unknown paths)', { unproven: 'unknown', counts: { legacy: 1 } }),
    ];
    expect(text({ routes }).split('\n').slice(1, 4)).toEqual([
      'unproven (writes): PUT /0 9 · PUT /1 8',
      'unproven (streams): GET /events 3',
      'unproven (not seen often enough): (unknown paths) 1',
    ]);
  });
});
