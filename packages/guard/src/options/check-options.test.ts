import { networkInterfaces } from 'node:os';
import { DEFAULT_POLICY } from '@falsework/core/policy';
import { describe, expect, it } from 'vitest';
import { ScriptedLink, snapshotWith } from '../../test/fixtures.ts';
import { checkOptions } from './check-options.ts';
import type { GuardOptions } from './guard-options.ts';

const check = (over: Partial<GuardOptions> = {}): ReturnType<typeof checkOptions> =>
  checkOptions({ legacy: 'http://a:1', candidate: 'http://b:2', port: 8_000, ...over });

const refusal = (
  over: Partial<GuardOptions>,
): { code: string; message: string; exitCode: number } => {
  try {
    check(over);
  } catch (error) {
    return error as never;
  }
  throw new Error('It was taken.');
};

describe('options', () => {
  it('need no more than two origins and a port', () => {
    expect(check()).toMatchObject({
      legacy: 'http://a:1',
      candidate: 'http://b:2',
      port: 8_000,
      host: '127.0.0.1',
      headers: ['content-type', 'location'],
      namesSide: false,
      snapshot: { stage: 'shadow', shadow: DEFAULT_POLICY.shadow },
    });
  });

  it('normalise addresses and names', () => {
    const options = check({
      legacy: 'HTTP://A:80/',
      candidate: 'https://B:443',
      headers: ['ETag'],
      buildHeader: 'X-Build',
    });
    expect(options).toMatchObject({
      legacy: 'http://a',
      candidate: 'https://b',
      headers: ['etag'],
      buildHeader: 'x-build',
    });
  });

  it('left undefined are options left out', () => {
    expect(check({ host: undefined as never, maxBodyBytes: undefined as never })).toMatchObject({
      host: '127.0.0.1',
      maxBodyBytes: 1_048_576,
    });
  });

  it('with a control that has not spoken yet move nothing and compare nothing, and name the side', () => {
    expect(check({ link: new ScriptedLink() })).toMatchObject({
      snapshot: { stage: 'inert' },
      namesSide: true,
    });
    expect(check({ link: new ScriptedLink(), namesSide: false }).namesSide).toBe(false);
  });

  it('take a share of reads to compare, or a whole snapshot', () => {
    expect(check({ sample: 1 }).snapshot.shadow.sample).toBe(1);
    const snapshot = snapshotWith({ stage: 'shift', percent: 10 });
    expect(check({ snapshot, sample: 0.5 }).snapshot).toBe(snapshot);
  });
});

describe('an address', () => {
  it.each([
    'a:1',
    'ftp://a',
    'http://',
    'http:/a',
    'http://a/path',
    'http://a?x=1',
    'http://a/#x',
    'http://a:0',
    'http://a:99999',
    ' http://a',
    'http://a\\b',
    '',
  ])('%j is refused, and what was expected is said', (legacy) => {
    const { code, message, exitCode } = refusal({ legacy });
    expect({ code, exitCode }).toEqual({ code: 'FW_GUARD_URL', exitCode: 2 });
    expect(message).toContain('an origin such as http://orders-v1:8080');
  });

  it('with credentials is refused without showing them', () => {
    const { code, message } = refusal({ candidate: 'http://user:hunter2@b' });
    expect(code).toBe('FW_GUARD_URL');
    expect(message).not.toContain('hunter2');
  });

  it.each([
    ['http://a', 'http://A:80/'],
    ['http://localhost:1', 'http://127.0.0.1:1'],
    ['http://[::1]:1', 'http://127.0.0.2:1'],
  ])('%s and %s are one and the same', (legacy, candidate) => {
    expect(refusal({ legacy, candidate })).toMatchObject({
      code: 'FW_GUARD_SIDES_EQUAL',
      exitCode: 2,
    });
  });

  it('may be the same host with another port, or the same port with another scheme', () => {
    expect(() => check({ legacy: 'http://a:1', candidate: 'http://a:2' })).not.toThrow();
    expect(() => check({ legacy: 'http://a:1', candidate: 'https://a:1' })).not.toThrow();
  });
});

describe('a guard before itself', () => {
  const own =
    Object.values(networkInterfaces()).flatMap((each) => each ?? [])[0]?.address ?? '127.0.0.1';

  it.each([
    [{ legacy: 'http://127.0.0.1:8000' }, 'legacy'],
    [{ candidate: 'http://localhost:8000' }, 'candidate'],
    [{ candidate: 'http://[::1]:8000', host: '::' }, 'candidate'],
    [{ legacy: 'http://localhost', port: 80 }, 'legacy'],
    [{ legacy: `http://${own.includes(':') ? `[${own}]` : own}:8000`, host: '0.0.0.0' }, 'legacy'],
    [{ legacy: 'http://guard.local:8000', host: 'guard.local' }, 'legacy'],
  ])('%j is refused', (over, side) => {
    const { code, message, exitCode } = refusal(over);
    expect({ code, exitCode }).toEqual({ code: 'FW_GUARD_LOOP', exitCode: 2 });
    expect(message).toContain(side);
  });

  it('is not one that shares its port with another host', () => {
    expect(() => check({ legacy: 'http://orders:8000', host: '0.0.0.0' })).not.toThrow();
  });
});

describe('a number', () => {
  it.each([
    [{ port: -1 }, 'port'],
    [{ port: 65_536 }, 'port'],
    [{ port: 1.5 }, 'port'],
    [{ port: Number.NaN }, 'port'],
    [{ sample: 1.01 }, 'sample'],
    [{ sample: -0.1 }, 'sample'],
    [{ maxBodyBytes: 0 }, 'maxBodyBytes'],
    [{ captureBytesMax: -1 }, 'captureBytesMax'],
    [{ candidateTimeoutMs: 0 }, 'candidateTimeoutMs'],
    [{ candidateTimeoutMs: 2 ** 31 }, 'candidateTimeoutMs'],
    [{ health: { path: '/', okStatusMax: 299, intervalMs: 0, timeoutMs: 1 } }, 'health.intervalMs'],
    [
      { health: { path: '/', okStatusMax: 299, intervalMs: 1, timeoutMs: Number.NaN } },
      'health.timeoutMs',
    ],
  ])('%j is refused', (over, option) => {
    const { code, message, exitCode } = refusal(over);
    expect({ code, exitCode }).toEqual({ code: 'FW_GUARD_OPTION', exitCode: 2 });
    expect(message).toContain(option);
  });
});
