import { describe, expect, it } from 'vitest';
import { allowList, isHostPattern } from './allow-list.ts';
import { destinationOf } from './destination.ts';

describe('hosts that a seam may call', () => {
  it.each([
    ['db.internal', 'db.internal', 5432, true],
    ['db.internal', 'DB.Internal', null, true],
    ['DB.internal', 'db.internal', 80, true],
    ['db.internal', 'db.internal.evil.com', 80, false],
    ['db.internal', 'x.db.internal', 80, false],
    ['10.0.0.7:5432', '10.0.0.7', 5432, true],
    ['10.0.0.7:5432', '10.0.0.7', 5433, false],
    ['10.0.0.7:5432', '10.0.0.7', null, false],
    ['*.example.com', 'a.b.example.com', 443, true],
    ['*.example.com', 'example.com', 443, false],
    ['*.example.com:443', 'a.example.com', 80, false],
    ['[::1]:80', '::1', 80, true],
    ['[::1]', '[::1]', 8080, true],
    ['unix:/run/db.sock', 'unix:/run/db.sock', null, true],
    ['unix:/run/db.sock', 'unix:/run/other.sock', null, false],
  ])('%s: %s at port %s is %s', (pattern, host, port, expected) => {
    expect(isHostPattern(pattern)).toBe(true);
    expect(allowList([pattern])(host, port)).toBe(expected);
  });

  it('are none by default', () => {
    expect(allowList([])('localhost', 80)).toBe(false);
  });

  it('are any of several', () => {
    const mayCall = allowList(['a', 'b:1']);
    expect([mayCall('a', 9), mayCall('b', 1), mayCall('b', 2), mayCall('c', 1)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it.each(['', 'https://db', 'db/path', 'a b', 'user@db', 7, null, 'db:x', '*'])(
    'are not named by %s',
    (pattern) => {
      expect(isHostPattern(pattern)).toBe(false);
    },
  );
});

describe('where a connection goes', () => {
  it.each([
    [[80], 'localhost', 80],
    [[80, 'db'], 'db', 80],
    [['80', 'db'], 'db', 80],
    [[80, () => {}], 'localhost', 80],
    [[{ port: 80 }], 'localhost', 80],
    [[{ port: '80', host: 'db' }], 'db', 80],
    [[{ path: '/run/x' }], 'unix:/run/x', null],
    [['/run/x'], 'unix:/run/x', null],
    [[[{ port: 80, host: 'db' }, null]], 'db', 80],
    [[{}], 'localhost', null],
  ])('%j', (args, host, port) => {
    expect(destinationOf(args)).toEqual({ host, port });
  });
});
