import { ignore } from '@falsework/core/compare';
import { SeededRandom } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import { routeWith } from '../../test/fixtures.ts';
import type { RouteSettings } from './route-settings.ts';
import { RouteTable } from './route-table.ts';

const tableOf = (...routes: RouteSettings[]): RouteTable =>
  new RouteTable({ routes, compare: [], key: null });

const nameOf = (table: RouteTable, request: string, hasBody = false): string => {
  const [method = '', target = ''] = request.split(' ');
  return table.find(method, target, hasBody).spec.name;
};

describe('declared routes', () => {
  const table = tableOf(
    routeWith({ seam: 'GET /orders/{id}' }),
    routeWith({ seam: 'GET /orders/open' }),
    routeWith({ seam: 'ANY /orders/{id}/lines/{line}' }),
    routeWith({ seam: 'POST /search', effects: 'none' }),
    routeWith({ seam: 'GET /' }),
    routeWith({ seam: 'GET /slash/' }),
    routeWith({ seam: 'DELETE /orders/{id}', effects: 'undeclared' }),
  );

  it.each([
    ['GET /orders/1', 'GET /orders/{id}'],
    ['GET /orders/1?x=1', 'GET /orders/{id}'],
    ['GET /orders/anything%20else', 'GET /orders/{id}'],
    ['GET /orders/open', 'GET /orders/open'],
    ['PATCH /orders/1/lines/2', 'ANY /orders/{id}/lines/{line}'],
    // Exact text is preferred segment by segment, and given up where it leads nowhere.
    ['GET /orders/open/lines/2', 'ANY /orders/{id}/lines/{line}'],
    ['GET /', 'GET /'],
    ['GET /?x', 'GET /'],
    ['GET /slash/', 'GET /slash/'],
    ['DELETE /orders/1', 'DELETE /orders/{id}'],
  ])('%s is %s', (request, seam) => {
    expect(nameOf(table, request)).toBe(seam);
  });

  it.each([
    ['GET /slash', 'GET /slash'],
    ['GET /orders/', 'GET /orders/'],
    ['HEAD /orders/1', 'HEAD /orders/{id}'],
    ['GET /orders/1/lines', 'GET /orders/{id}/lines'],
  ])('%s is none of them, and is learned as %s', (request, seam) => {
    expect(nameOf(table, request)).toBe(seam);
  });

  it('are routed as reads when their effects are none, whatever the method', () => {
    const search = table.find('POST', '/search', true);
    expect(search.spec).toMatchObject({ operation: 'read', unproven: null, provenBy: 0 });
    expect(table.find('DELETE', '/orders/1', false).spec).toMatchObject({
      operation: 'write',
      unproven: 'write',
    });
  });

  it.each(['dry-run', 'follow'] as const)(
    'with effects %s are served and listed as unproven',
    (effects) => {
      const { spec } = tableOf(routeWith({ seam: 'POST /a', effects })).find('POST', '/a', true);
      expect(spec).toMatchObject({ operation: 'write', unproven: effects });
    },
  );

  it('read key and stratum where they say, the path among them', () => {
    const [route] = tableOf(
      routeWith({
        seam: 'GET /a/{tenant}/b/{id}',
        key: { from: 'path', name: 'id' },
        stratum: { from: 'path', name: 'tenant' },
      }),
    ).routes();
    expect(route?.spec.readKey?.([], '/a/gold/b/7')).toBe('7');
    expect(route?.spec.lane.readStratum?.([], '/a/gold/b/7')).toBe('gold');
  });

  it('have rules of their own', () => {
    const table = tableOf(routeWith({ seam: 'GET /a', compare: [ignore('$.at')] }));
    const { comparator } = table.find('GET', '/a', false).spec.lane;
    expect(comparator.json('{"at":1}', '{"at":2}').result).toBe('equal');
    expect(
      table.find('GET', '/b', false).spec.lane.comparator.json('{"at":1}', '{"at":2}').result,
    ).toBe('different');
  });
});

describe('learned routes', () => {
  it.each([
    ['GET /orders/4711', false, 'GET /orders/{id}', null],
    ['HEAD /orders/4711', false, 'HEAD /orders/{id}', null],
    ['OPTIONS /orders', false, 'OPTIONS /orders', null],
    ['GET /orders?page=2', false, 'GET /orders?page=', null],
    ['GET /orders?utm_source=x', false, 'GET /orders', null],
    ['POST /orders?page=2', true, 'POST /orders', 'write'],
    ['DELETE /orders/1', false, 'DELETE /orders/{id}', 'write'],
    ['GET /orders', true, 'GET /orders with a body', 'body'],
    ['OPTIONS *', false, '(other reads)', 'overflow'],
    ['GET http://elsewhere/x', false, '(other reads)', 'overflow'],
  ])('%s, body %s, is %s, unproven: %s', (request, hasBody, name, unproven) => {
    const table = tableOf();
    const [method = '', target = ''] = request.split(' ');
    expect(table.find(method, target, hasBody).spec).toMatchObject({ name, unproven });
  });

  it('are one object per seam', () => {
    const table = tableOf();
    expect(table.find('GET', '/orders/1', false)).toBe(table.find('GET', '/orders/2', false));
    expect(table.find('GET', '/orders?a=1&b=2', false)).toBe(
      table.find('GET', '/orders?b=3&a=4', false),
    );
    expect(table.find('GET', '/orders', false)).not.toBe(table.find('GET', '/orders?a=1', false));
    expect(table.find('GET', '/orders', false)).not.toBe(table.find('HEAD', '/orders', false));
  });

  it('put queries with too many different names into one seam', () => {
    const table = tableOf();
    const names = [...'abcdefgh'].map((name) => nameOf(table, `GET /orders?${name}=1`));
    expect(new Set(names)).toEqual(
      new Set([
        'GET /orders?a=',
        'GET /orders?b=',
        'GET /orders?c=',
        'GET /orders?d=',
        'GET /orders?…',
      ]),
    );
  });

  it('are bounded, whatever paths, methods and queries come', () => {
    const table = tableOf();
    for (let i = 0; i < 20_000; i += 1) {
      const word = i.toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)] ?? '');
      const route = table.find(
        ['GET', 'POST', 'PURGE'][i % 3] ?? '',
        `/${word}/${word}x?${word}=1`,
        i % 2 === 0,
      );
      route.counts.legacy += 1;
    }
    expect(table.routes().length).toBeLessThan(10_000);
    const requests = table.routes().reduce((sum, route) => sum + route.requests, 0);
    expect(requests).toBe(20_000);
  });

  it('are taken for routes once they were answered with anything but 404', () => {
    const route = tableOf().find('GET', '/wp-admin', false);
    for (let i = 0; i < 10; i += 1) route.noteAnswer(404);
    expect(route.unproven).toBe('unknown');
    route.noteAnswer(401);
    expect(route.unproven).toBeNull();
  });

  describe('of words that may be values', () => {
    const answer = (table: RouteTable, path: string): string => {
      const route = table.find('GET', path, false);
      route.counts.legacy += 1;
      route.noteAnswer(200);
      return route.spec.name;
    };

    it('are one route, however much everybody likes one of them', () => {
      for (let seed = 1; seed <= 200; seed += 1) {
        const [table, random] = [tableOf(), new SeededRandom(seed)];
        const next = (): string => {
          const letters = 'abcdefghijklmnopqrstuvwxyz';
          const rest = `${random.pick([...letters])}-${random.pick([...letters])}`;
          return random.chance(0.3) ? 'favourite' : rest;
        };
        for (let i = 0; i < 400; i += 1) answer(table, `/products/${next()}`);
        expect(table.find('GET', '/products/favourite', false).spec.name).toBe(
          'GET /products/{id}',
        );
      }
    });

    it('are routes once they came again eight times as often as there are of them', () => {
      const table = tableOf();
      const paths = ['/me/addresses', '/me/orders'];
      const unproven = (): unknown[] => {
        return paths.map((path) => table.find('GET', path, false).unproven);
      };
      for (let i = 0; i < 6; i += 1) for (const path of paths) answer(table, path);
      expect(unproven()).toEqual(['unknown', 'unknown']);
      for (let i = 0; i < 2; i += 1) for (const path of paths) answer(table, path);
      expect(unproven()).toEqual([null, null]);
    });

    it('stay routes whatever strangers try beside them', () => {
      const table = tableOf();
      for (let i = 0; i < 8; i += 1) answer(table, '/me/addresses');
      for (const word of 'abcdefghijklmnopqrstuvwxyz') {
        table.find('GET', `/me/${word}`, false).noteAnswer(404);
      }
      expect(answer(table, '/me/addresses')).toBe('GET /me/addresses');
    });
  });

  it('lose no count when a name turns out to be an id', () => {
    const table = tableOf();
    for (let i = 0; i < 40; i += 1) {
      table.find('GET', `/users/${'abcdefghij'[i % 10]}${'klmn'[i % 4]}`, false).counts.legacy += 1;
    }
    const requests = table.routes().map((route) => [route.spec.name, route.requests]);
    expect(requests.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(40);
    expect(requests.map(([name]) => name)).toContain('GET /users/{id}');
  });

  it('name their entity where all requests do', () => {
    const table = new RouteTable({
      routes: [],
      compare: [],
      key: { from: 'header', name: 'x-id' },
    });
    expect(table.find('GET', '/a', false).spec.readKey?.(['X-Id', '7'], '/a')).toBe('7');
  });
});

describe('rules that make no sense', () => {
  it('are refused before anything starts', () => {
    expect(
      () => new RouteTable({ routes: [], compare: [{ rule: 'ignore', path: '$.[' }], key: null }),
    ).toThrow(expect.objectContaining({ code: 'FW_PATH_SYNTAX' }));
    expect(() => tableOf(routeWith({ seam: 'GET /a', critical: ['$.['] }))).toThrow(
      expect.objectContaining({ code: 'FW_PATH_SYNTAX' }),
    );
  });
});
