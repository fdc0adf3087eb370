import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '@falsework/config';
import { describe, expect, it } from 'vitest';
import { managedMigration } from './managed.ts';

const ORDERS = { name: 'orders', owner: 'payments', deleteBy: '2027-03-31' };
const GUARD = {
  legacy: 'http://127.0.0.1:1',
  candidate: 'http://127.0.0.1:2',
  routes: { 'GET /orders/{id}': { effects: 'none' }, 'GET /carts/{id}': { effects: 'none' } },
};

const managed = (over: object = {}) => {
  const settings = { file: null, directory: '/', env: {}, flags: {} };
  const [migration] = parseConfig({ ...ORDERS, ...over }, settings).migrations;
  if (!migration) throw new Error('The configuration has no migration.');
  return managedMigration(migration);
};
const fingerprintOf = (guard: object): string => managed({ guard }).comparator;

describe('a configured migration as control takes it', () => {
  it('has its name, owner and end', () => {
    expect(managed()).toMatchObject({
      name: 'orders',
      owner: 'payments',
      topology: 'shared',
      deleteBy: expect.any(Number),
    });
  });

  it.each([
    ['a rule for all routes', { compare: [{ rule: 'ignore', path: '$.at' }] }],
    [
      'a rule for one route',
      {
        routes: {
          ...GUARD.routes,
          'GET /carts/{id}': { effects: 'none', compare: [{ rule: 'ignore', path: '$.at' }] },
        },
      },
    ],
    ['a header that is compared', { headers: ['location', 'etag'] }],
    ['the size up to which bodies are compared', { maxBody: '2MiB' }],
  ])('opens an epoch with %s: it decides what a difference is', (_, over) => {
    expect(fingerprintOf({ ...GUARD, ...over })).not.toBe(fingerprintOf(GUARD));
  });

  it('opens an epoch with what decides over methods of gRPC, and with another descriptor set', () => {
    const folder = mkdtempSync(join(tmpdir(), 'falsework-managed-'));
    const descriptors = join(folder, 'set.binpb');
    const grpcOf = (grpc: object): string =>
      fingerprintOf({ legacy: 'grpc://a:1', candidate: 'grpc://b:1', grpc });
    const none = grpcOf({ descriptors });
    writeFileSync(descriptors, 'one');
    const one = grpcOf({ descriptors });
    writeFileSync(descriptors, 'other');
    const other = grpcOf({ descriptors });
    const compare = [{ rule: 'ignore', path: '$.at' }];
    const rule = grpcOf({ descriptors, methods: { 'a.B/C': { compare } } });
    const trailer = grpcOf({ descriptors, ignoredTrailers: ['x-at'] });
    expect(new Set([none, one, other, rule, trailer]).size).toBe(5);
    // How much is compared, and how long that may take, is no question of what differs.
    expect(grpcOf({ descriptors, methods: { 'a.B/C': { sample: 1, timeout: '1s' } } })).toBe(
      grpcOf({ descriptors, methods: { 'a.B/C': {} } }),
    );
    rmSync(folder, { recursive: true });
  });

  it('opens another epoch with what the two sides call by two names', () => {
    const routesWith = (kind: object) => ({
      'POST /orders': { effects: 'follow', identifiers: { learn: { '$.id': 'order' } } },
      'GET /orders/{id}': { identifiers: kind },
    });
    const of = (kind: object): string =>
      managed({ store: 'separate', guard: { ...GUARD, routes: routesWith(kind) } }).comparator;
    const [none, inPath] = [of({}), of({ path: { id: 'order' } })];
    const inBoth = of({ path: { id: 'order' }, answer: { '$.id': 'order' } });
    expect(new Set([none, inPath, inBoth]).size).toBe(3);
  });

  it.each([
    ['where the services are', { legacy: 'http://127.0.0.1:9' }],
    [
      'the order of routes',
      { routes: Object.fromEntries(Object.entries(GUARD.routes).toReversed()) },
    ],
    ['the port', { port: 8123 }],
  ])('opens none with %s', (_, over) => {
    expect(fingerprintOf({ ...GUARD, ...over })).toBe(fingerprintOf(GUARD));
  });
});
