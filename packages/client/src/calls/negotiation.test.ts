import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Arrived, type Served, simulated } from '../../test/simulated.ts';
import { reportOf } from './report.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const asked = (arrived: readonly Arrived[]): (string | null)[] =>
  arrived.map(({ headers }) => headers.get('falsework-version'));

/** A server that speaks these versions and refuses all others. */
const speaking =
  (...versions: string[]) =>
  ({ headers }: Arrived): Served => {
    const version = headers.get('falsework-version') ?? '';
    const status = versions.includes(version) ? 200 : 406;
    const named = { 'falsework-versions': versions.join(', '), 'falsework-version': version };
    return new Response(null, { status, headers: named });
  };

describe('a version', () => {
  it('is not spoken of by a client that has none', async () => {
    const { call, settle, arrived } = simulated(speaking('1'));
    expect((await settle(call('http://a.test/'))).status).toBe(406);
    expect(asked(arrived)).toEqual([null]);
  });

  it('that the server refuses is followed by the best in common, even for what has no key', async () => {
    const { call, settle, arrived } = simulated(speaking('2', '1'), {
      versions: ['4', '3', '2', '1'],
      keys: 'given',
    });
    const given = await settle(call('http://a.test/', { method: 'POST', body: 'x' }));
    expect(given.status).toBe(200);
    expect(asked(arrived)).toEqual(['4', '2']);
    expect(reportOf(given)).toMatchObject({ askedVersion: '2', answeredVersion: '2', tries: 2 });
  });

  it('that is in common with nothing ends in the server’s own answer', async () => {
    const { call, settle, arrived } = simulated(speaking('1'), { versions: ['3', '2'] });
    const given = await settle(call('http://a.test/'));
    expect(given.status).toBe(406);
    expect(asked(arrived)).toEqual(['3']);
    expect(reportOf(given)).toMatchObject({ stop: 'no-common-version' });
  });

  it('is not negotiated when the body is spent', async () => {
    const { call, settle, arrived } = simulated(speaking('1'), { versions: ['2', '1'] });
    const body = new Response('streamed').body;
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const given = await settle(call('http://a.test/', init));
    expect([given.status, arrived.length]).toEqual([406, 1]);
    expect(reportOf(given)).toMatchObject({ stop: 'body-spent' });
  });

  it('that the caller asked for itself is left as it is', async () => {
    const { call, settle, arrived } = simulated(speaking('1'), { versions: ['2', '1'] });
    await settle(call('http://a.test/', { headers: { 'Falsework-Version': '7' } }));
    expect(asked(arrived)).toEqual(['7']);
  });

  it('is each tried once at most, though a server contradicts itself', async () => {
    const { call, settle, arrived } = simulated(
      ({ headers }) => {
        const version = headers.get('falsework-version');
        const others = ['1', '2', '3'].filter((other) => other !== version);
        return new Response(null, {
          status: 406,
          headers: { 'falsework-versions': others.join(',') },
        });
      },
      { versions: ['3', '2', '1'] },
    );
    expect((await settle(call('http://a.test/'))).status).toBe(406);
    expect(asked(arrived)).toEqual(['3', '2', '1']);
  });

  it('is kept over a retry, and costs none of the budget', async () => {
    const { call, settle, arrived } = simulated(
      (one, nth) => (nth === 2 ? new Response(null, { status: 503 }) : speaking('1')(one)),
      { versions: ['2', '1'], budget: { ratio: 0, perSecond: 0, burst: 1 } },
    );
    expect((await settle(call('http://a.test/'))).status).toBe(200);
    expect(asked(arrived)).toEqual(['2', '1', '1']);
  });

  it('of a server that learned a new one is used after a while', async () => {
    let server = speaking('1');
    const { call, settle, arrived, clock } = simulated((one) => server(one), {
      versions: ['2', '1'],
    });
    await settle(call('http://a.test/'));
    server = speaking('2', '1');
    await settle(call('http://a.test/'));
    // Any answer tells: the call after the one that told already asks for the better one.
    await settle(call('http://a.test/'));
    await clock.advance(600_001);
    await settle(call('http://a.test/'));
    expect(asked(arrived)).toEqual(['2', '1', '1', '2', '2']);
  });

  it('that a server lost again in a rollback is given up within one call', async () => {
    let server = speaking('2', '1');
    const { call, settle, arrived } = simulated((one) => server(one), { versions: ['2', '1'] });
    await settle(call('http://a.test/'));
    server = speaking('1');
    expect((await settle(call('http://a.test/'))).status).toBe(200);
    expect(asked(arrived)).toEqual(['2', '2', '1']);
  });
});
