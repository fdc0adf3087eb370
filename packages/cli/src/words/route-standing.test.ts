import type { MigrationStatus } from '@falsework/client/contract';
import { describe, expect, it } from 'vitest';
import { type DeclaredEffects, routeStandings, UNPROVEN_WORDS } from './route-standing.ts';

type Stratum = MigrationStatus['strata'][number];

const served = (seam: string, legacy: number, candidate = 0) => ({ seam, legacy, candidate });
const compared = (seam: string, count: number, differing = 0, stratum = ''): Stratum =>
  ({ seam, stratum, compared: count, differing }) as Stratum;
const standings = (
  status: Partial<Pick<MigrationStatus, 'served' | 'strata'>>,
  declared: DeclaredEffects = new Map(),
) => routeStandings({ served: [], strata: [], ...status }, declared);

describe('a route of which nothing is compared', () => {
  it.each([
    ['POST /orders', 'write'],
    ['DELETE /orders/{id}', 'write'],
    ['GET /orders with a body', 'body'],
    ['GET /orders', 'not-yet'],
    ['HEAD /orders', 'not-yet'],
    ['(upgrades)', 'upgrade'],
    ['(unknown paths)', 'unknown'],
    ['(other reads)', 'overflow'],
    ['(other writes)', 'overflow'],
    ['ledger.v1.Ledger/Get', 'method'],
    ['(unknown methods)', 'overflow'],
  ])('%s is unproven: %s', (route, because) => {
    expect(standings({ served: [served(route, 3)] })).toMatchObject([
      { route, unproven: because, requests: 3 },
    ]);
  });

  it.each([
    ['none', 'not-yet'],
    ['dry-run', 'dry-run'],
    ['follow', 'follow'],
    ['undeclared', 'write'],
  ] as const)('and that declares %s is unproven: %s', (effects, because) => {
    const declared = new Map([['POST /search', effects]]);
    expect(standings({ served: [served('POST /search', 1)] }, declared)[0]?.unproven).toBe(because);
  });

  it('is listed without traffic when it is declared: nobody called it, and somebody will', () => {
    expect(standings({}, new Map([['POST /month-end', 'undeclared']]))).toMatchObject([
      { route: 'POST /month-end', requests: 0, unproven: 'write' },
    ]);
  });
});

describe('a list of routes', () => {
  it('begins with the unproven ones, and among them with the busiest', () => {
    const list = standings({
      served: [
        served('GET /busy', 9_000, 1_000),
        served('POST /rare', 2),
        served('POST /often', 70),
        served('GET /quiet', 5),
      ],
      strata: [compared('GET /busy', 100), compared('GET /quiet', 5)],
    });
    expect(list.map(({ route }) => route)).toEqual([
      'POST /often',
      'POST /rare',
      'GET /busy',
      'GET /quiet',
    ]);
    expect(list[2]).toMatchObject({ requests: 10_000, legacy: 9_000, candidate: 1_000 });
  });

  it('adds the strata of a route up, whatever it declares once they are there', () => {
    const strata = [compared('POST /try', 10, 1, 'gold'), compared('POST /try', 5, 2, 'basic')];
    const [route] = standings({ strata }, new Map([['POST /try', 'dry-run']]));
    expect(route).toMatchObject({ compared: 15, differing: 3, unproven: null });
  });

  it('leaves seams in code out: they are no routes', () => {
    const status = { served: [served('pricing.quote', 4)], strata: [compared('quote', 4)] };
    expect(standings(status)).toEqual([]);
  });
});

it('every reason has words of its own', () => {
  const words = Object.values(UNPROVEN_WORDS);
  expect(new Set(words).size).toBe(words.length);
});
