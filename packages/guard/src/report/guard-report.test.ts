import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cause, factsWith, routeFacts, tallyOf } from '../../test/report-fixtures.ts';
import { guardReport } from './guard-report.ts';

describe('a report', () => {
  it('counts a request that fell back once, although both sides were asked', () => {
    const counts = { legacy: 80, candidate: 25, candidateFailed: 5, fallbacks: 5 };
    const report = guardReport(factsWith({ routes: [routeFacts('GET /a', { counts })] }));
    expect(report).toMatchObject({
      requests: 100,
      served: { legacy: 80, candidate: 25 },
      failed: { legacy: 0, candidate: 5 },
      fallbacks: 5,
    });
    expect(report.routes[0]?.requests).toBe(100);
  });

  it('never counts as compared what was shed, timed out, or failed on both sides', () => {
    const tally = tallyOf({
      match: 3,
      accepted: 1,
      transient: 1,
      mismatch: 1,
      candidate_error: 1,
      legacy_error: 1,
      both_error: 9,
      timeout: 9,
      shed: 9,
    });
    const report = guardReport(factsWith({ routes: [routeFacts('GET /a', { tallies: [tally] })] }));
    expect(report).toMatchObject({ compared: 8, differing: 3, shed: 9, timedOut: 9 });
  });

  it('is honest about how little it knows: nothing compared excludes no rate', () => {
    const [route] = guardReport(factsWith({ routes: [routeFacts('GET /a')] })).routes;
    expect(route).toMatchObject({
      compared: 0,
      rate: { low: 0, high: 1 },
      latency: { legacy: { p50Ms: null, p99Ms: null } },
    });
    expect(route?.claim).toEqual({ rateMax: 1e-4, moreNeeded: 35_925 });
  });

  it('adds up the strata of a route, and routes', () => {
    const tallies = [tallyOf({ match: 5 }), tallyOf({ match: 6, mismatch: 1 })];
    const routes = [
      routeFacts('GET /a', { tallies, signatures: [cause()], counts: { legacy: 1 } }),
      routeFacts('GET /b', { tallies, counts: { legacy: 9 } }),
    ];
    const report = guardReport(factsWith({ routes }));
    expect(report).toMatchObject({ compared: 24, differing: 2, causes: 1 });
    expect(report.routes.map(({ seam }) => seam)).toEqual(['GET /b', 'GET /a']);
  });

  it('lists routes that are not compared apart, with the reason, and only those that were asked for', () => {
    const routes = [
      routeFacts('POST /a', { unproven: 'write', counts: { legacy: 2 } }),
      routeFacts('POST /b', { unproven: 'dry-run', counts: { legacy: 3 } }),
      routeFacts('POST /c', { unproven: 'follow' }),
    ];
    const report = guardReport(factsWith({ routes }));
    expect(report.routes).toEqual([]);
    expect(report.unproven).toEqual([
      { route: 'POST /b', because: 'dry-run', requests: 3 },
      { route: 'POST /a', because: 'write', requests: 2 },
    ]);
    expect(report.requests).toBe(5);
  });

  it('says what happened to a side in words', () => {
    const { sides } = factsWith();
    const failures = [
      { kind: 'refused', code: 'ECONNREFUSED', count: 4_120 },
      { kind: 'timeout', code: 'timeout', count: 3 },
      { kind: 'status', code: '503', count: 2 },
      { kind: 'broken-off', code: 'UND_ERR_SOCKET', count: 1 },
      { kind: 'not-http', code: 'HTTPParserError', count: 1 },
    ] as const;
    const candidate = { ...sides.candidate, counts: { asked: 4_200, answered: 73, failures } };
    const report = guardReport(factsWith({ sides: { ...sides, candidate } }));
    expect(report.sides.candidate.words).toEqual([
      'candidate refused 4,120 of 4,200 connections (ECONNREFUSED)',
      'candidate did not answer in time to 3 of 4,200 requests',
      'candidate answered 503 to 2 of 4,200 requests',
      'candidate broke off 1 of 4,200 answers (UND_ERR_SOCKET)',
      'candidate sent what is not HTTP to 1 of 4,200 requests (HTTPParserError)',
    ]);
    expect(report.sides.legacy.words).toEqual([]);
  });

  it('is plain data that JSON keeps whole', () => {
    const count = fc.nat(1_000_000);
    fc.assert(
      fc.property(count, count, count, (match, mismatch, shed) => {
        const tallies = [tallyOf({ match, mismatch, shed }, { legacyMs: 3, candidateMs: 4 })];
        const routes = [routeFacts('GET /a', { tallies, signatures: [cause()] })];
        const report = guardReport(factsWith({ routes }));
        expect(JSON.parse(JSON.stringify(report))).toEqual(report);
        const { rate, compared, differing } = report.routes[0] ?? {
          rate: { low: 0, high: 0 },
          compared: 0,
          differing: 0,
        };
        if (compared > 0) {
          expect(rate.low).toBeLessThanOrEqual(differing / compared);
          expect(rate.high).toBeGreaterThanOrEqual(differing / compared);
        }
      }),
    );
  });
});
