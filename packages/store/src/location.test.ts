import { isFalseworkError } from '@falsework/core/errors';
import { describe, expect, it } from 'vitest';
import { parseLocation } from './location.ts';

const SECRET = 'hunter2';

describe('the address of a store', () => {
  it.each([
    ['state.db', 'state.db'],
    ['./data/state.db', './data/state.db'],
    ['/var/lib/falsework/state.db', '/var/lib/falsework/state.db'],
    ['C:\\falsework\\state.db', 'C:\\falsework\\state.db'],
    ['sqlite:state.db', 'state.db'],
    ['SQLite:/var/state.db', '/var/state.db'],
    ['sqlite:///var/state.db', '/var/state.db'],
    ['sqlite::memory:', ':memory:'],
    [':memory:', ':memory:'],
    ['a folder/with:colon.db', 'a folder/with:colon.db'],
  ])('takes %s for a file', (address, file) => {
    expect(parseLocation(address)).toMatchObject({ kind: 'sqlite', file });
  });

  it('takes postgres:// for a server, and keeps its schema to itself', () => {
    const address = `postgres://ada:${SECRET}@db.internal:5433/orders?sslmode=require&schema=team_a`;
    expect(parseLocation(address)).toEqual({
      kind: 'postgres',
      url: `postgres://ada:${SECRET}@db.internal:5433/orders?sslmode=require`,
      schema: 'team_a',
      label: 'The store orders at db.internal:5433',
    });
  });

  it('keeps its tables in a schema of their own unless told otherwise', () => {
    expect(parseLocation('postgresql://localhost/orders')).toMatchObject({ schema: 'falsework' });
  });

  it.each([
    '',
    '  ',
    'sqlite:',
    'sqlite://host/state.db',
    'state\0.db',
    'mysql://localhost/orders',
    `postgres://ada:${SECRET}@db.internal`,
    `postgres://ada:${SECRET}@db.internal/`,
    `postgres://ada:${SECRET}@db.internal:99999/orders`,
    `postgres://ada:${SECRET}@db.internal/orders?schema=Robert"; drop table x;--`,
    `postgres://db.internal/orders?schema=${'x'.repeat(64)}`,
    'postgres:orders',
  ])('refuses %j, without quoting it', (address) => {
    const error = thrownBy(() => parseLocation(address));
    expect(isFalseworkError(error) && error.code).toBe('FW_STORE_URL');
    expect(String(error)).not.toContain(SECRET);
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
