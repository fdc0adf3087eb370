import { describe, expect, it } from 'vitest';
import { Forwarding, type TrustedForwarding } from './forwarding.ts';

/** The headers that a side is told, as lines. */
function told(
  trusted: TrustedForwarding,
  remoteAddress: string | undefined,
  headers: Readonly<Record<string, string | string[]>> = {},
  encrypted = false,
): string[] {
  const flat = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => [name, value]),
  );
  const connection = { remoteAddress, encrypted };
  const list = new Forwarding(trusted).told(flat, connection, '1.1 us', flat.length > 0);
  return list.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${list[i + 1]}`] : []));
}

const PUBLIC = '198.51.100.7';

describe('a side', () => {
  it('is told who the caller is, how it spoke, and by whom the request came', () => {
    expect(told('private', PUBLIC)).toEqual([
      `X-Forwarded-For: ${PUBLIC}`,
      'X-Forwarded-Proto: http',
      'Via: 1.1 us',
    ]);
    expect(told('private', PUBLIC, {}, true)).toContain('X-Forwarded-Proto: https');
  });

  it('is told an address of IPv4 as one, and of IPv6 without brackets', () => {
    expect(told('none', `::ffff:${PUBLIC}`)).toContain(`X-Forwarded-For: ${PUBLIC}`);
    expect(told('none', '2001:db8::1')).toContain('X-Forwarded-For: 2001:db8::1');
    expect(told('none', undefined)).toContain('X-Forwarded-For: unknown');
  });

  const pretended = {
    'X-Forwarded-For': '1.1.1.1',
    'x-forwarded-proto': 'https',
    'X-Forwarded-Host': 'bank.example',
    'X-Real-IP': '1.1.1.1',
    Forwarded: 'for=1.1.1.1',
    Accept: '*/*',
  };

  it('is not told what a stranger says of itself', () => {
    for (const trusted of ['private', 'none'] as const) {
      expect(told(trusted, PUBLIC, pretended)).toEqual([
        'Accept: */*',
        `X-Forwarded-For: ${PUBLIC}`,
        'X-Forwarded-Proto: http',
        'Via: 1.1 us',
      ]);
    }
  });

  it('is told what a proxy of ours says, and where that one is', () => {
    const lines = told('private', '10.0.0.3', pretended);
    expect(lines).toEqual([
      'x-forwarded-proto: https',
      'X-Forwarded-Host: bank.example',
      'X-Real-IP: 1.1.1.1',
      'Accept: */*',
      'X-Forwarded-For: 1.1.1.1, 10.0.0.3',
      'Forwarded: for=1.1.1.1, for=10.0.0.3;proto=http',
      'Via: 1.1 us',
    ]);
    expect(told('all', PUBLIC, pretended)).toContain(`X-Forwarded-For: 1.1.1.1, ${PUBLIC}`);
  });

  it('is told one list, in order, where there were several', () => {
    const lists = { 'X-Forwarded-For': ['a', 'b, c'], Via: ['1.0 x', '1.1 y'], Forwarded: 'for=a' };
    expect(told('all', '2001:db8::1', lists)).toEqual([
      'X-Forwarded-For: a, b, c, 2001:db8::1',
      'X-Forwarded-Proto: http',
      'Forwarded: for=a, for="[2001:db8::1]";proto=http',
      'Via: 1.0 x, 1.1 y, 1.1 us',
    ]);
  });

  it.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:192.168.1.1', true],
    ['172.31.255.255', true],
    ['172.32.0.1', false],
    ['100.64.0.1', true],
    ['fd00::1', true],
    ['fe80::1', true],
    ['2001:db8::1', false],
    [PUBLIC, false],
    // A socket in the file system.
    [undefined, true],
  ])('takes a caller at %s for a proxy of ours: %s', (address, isOurs) => {
    const lines = told('private', address, { 'X-Forwarded-For': '1.1.1.1' });
    expect(lines[0]?.startsWith('X-Forwarded-For: 1.1.1.1')).toBe(isOurs);
  });

  it('leaves what the request brought as it was', () => {
    const headers = ['X-A', '1'];
    new Forwarding('all').told(headers, { remoteAddress: PUBLIC }, 'v', false);
    expect(headers).toEqual(['X-A', '1']);
  });
});
