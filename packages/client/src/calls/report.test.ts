import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { refused, simulated } from '../../test/simulated.ts';
import { CALLS_CHANNEL, type CallReport, reportOf } from './report.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the report of a call', () => {
  it('is published when it ends, well or not', async () => {
    const heard: CallReport[] = [];
    const listen = (message: unknown): void => void heard.push(message as CallReport);
    subscribe(CALLS_CHANNEL, listen);
    try {
      const { call, settle } = simulated((_, nth) => (nth === 1 ? new Response() : refused()));
      await settle(call('http://a.test/'));
      await settle(call('http://a.test/', { method: 'POST' })).catch(() => 'failed');
    } finally {
      unsubscribe(CALLS_CHANNEL, listen);
    }
    expect(heard.map(({ stop, tries }) => [stop, tries])).toEqual([
      ['answered', 1],
      ['tries', 4],
    ]);
  });

  it('says how long was waited, and nothing of path, query or body', async () => {
    const { call, settle, clock } = simulated(() => new Response(null, { status: 503 }));
    const given = await settle(call('http://a.test/secret?token=hidden', { method: 'PUT' }));
    const report = reportOf(given) as CallReport;
    expect(report.waitedMs).toBeGreaterThan(0);
    expect(report.waitedMs).toBeLessThanOrEqual(clock.monotonicMs());
    expect(JSON.stringify(report)).not.toMatch(/secret|hidden/);
  });

  it('does not exist for what this client did not hand out', () => {
    for (const other of [new Error('other'), new Response(), null, 'text', undefined]) {
      expect(reportOf(other)).toBeUndefined();
    }
  });
});
