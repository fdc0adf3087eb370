import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyFolder, intentOf } from '../../../test/journal-fixtures.ts';
import { advanceUntil, benchIn, pass, writeOf } from '../../../test/write-fixtures.ts';
import type { Entry } from '../../journal/index.ts';
import type { SendWrite } from '../side-answer.ts';
import { IdentifierDialect } from './identifier-dialect.ts';
import type { IdentifierSettings } from './identifier-settings.ts';
import { IdentifierTable } from './identifier-table.ts';

const SETTINGS: readonly IdentifierSettings[] = [
  {
    kind: 'order',
    learn: [{ route: 'POST /orders', path: '$.id' }],
    use: [
      { in: 'path', route: 'PUT /orders/{id}', param: 'id' },
      { in: 'query', route: 'PUT /orders/{id}', name: 'parent' },
      { in: 'body', route: 'PUT /orders/{id}', path: '$.links[*].order' },
      { in: 'answer', route: 'PUT /orders/{id}', path: '$.next' },
    ],
  },
];
const store = () => ({ load: async () => [], append: async () => {} });
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const setUp = async (pairs: Record<string, string> = {}) => {
  const table = await IdentifierTable.load(store());
  for (const [legacy, candidate] of Object.entries(pairs)) {
    await table.learn({
      kind: 'order',
      legacy: { kind: 'number', text: legacy },
      candidate: { kind: 'string', text: candidate },
    });
  }
  return { table, dialect: new IdentifierDialect(table, SETTINGS) };
};
const put = (path: string, body: Buffer, headers: string[] = []) =>
  intentOf({ route: 'PUT /orders/{id}', method: 'PUT', path, body, headers });

describe('a request', () => {
  it('reaches the follower in its identifiers, and otherwise byte by byte', async () => {
    const { dialect } = await setUp({ '1': 'o/é', '22': 'b' });
    const body = Buffer.from('{ "n":1.50, "links":[{"order":22},{"order":"1"},{"order":null}] }');
    const said = dialect.toFollower(
      put('/orders/1?x=%7e&parent=22&flag', body, ['Content-Length', String(body.byteLength)]),
    );
    if (!said.ok) throw new Error(said.because);
    const text = '{ "n":1.50, "links":[{"order":"b"},{"order":"o/é"},{"order":null}] }';
    expect(Buffer.from(said.write.body).toString()).toBe(text);
    expect(said.write.path).toBe('/orders/o%2F%C3%A9?x=%7e&parent=b&flag');
    expect(said.write.headers).toEqual(['Content-Length', String(Buffer.byteLength(text))]);
  });

  it('is held back while one of its identifiers is not known, and never guessed', async () => {
    const { dialect } = await setUp({ '1': 'a' });
    const because = (path: string, body: Buffer = Buffer.alloc(0), headers: string[] = []) => {
      const said = dialect.toFollower(put(path, body, headers));
      return said.ok ? null : said.because;
    };
    expect(because('/orders/2')).toBe('its order in the path is not known yet');
    expect(because('/orders/%zz')).toBe('its order in the path is not known yet');
    expect(because('/orders/1?parent=3')).toBe('its order in the query as parent is not known yet');
    expect(because('/orders/1', json({ links: [{ order: 9 }] }))).toBe(
      'its order at $.links[*].order is not known yet',
    );
    expect(because('/orders/1', json({ links: [{ order: true }] }))).toContain(
      'is not an identifier',
    );
    expect(because('/orders/1', Buffer.from('<xml/>'))).toBe('its body is not JSON');
    expect(because('/orders/1', Buffer.from([0x22, 0xff, 0x22]))).toBe('its body is not JSON');
    expect(because('/orders/1', json({}), ['Content-Encoding', 'gzip'])).toContain('compressed');
    expect(because('/orders/1')).toBeNull();
  });

  it('of a route that declares nothing is not touched', async () => {
    const { dialect } = await setUp();
    const intent = intentOf();
    const said = dialect.toFollower(intent);
    expect(said.ok && said.write.body).toBe(intent.body);
    expect(dialect.pathToCandidate('GET /x', '/x/1')).toEqual({ ok: true, path: '/x/1' });
  });

  it('is translated there and back to what it was, whatever the identifiers', async () => {
    const word = fc.string({ minLength: 1, unit: 'grapheme' });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(word, { minLength: 1, maxLength: 6 }), async (words) => {
        const table = await IdentifierTable.load(store());
        for (const [i, text] of words.entries()) {
          const candidate = { kind: 'number', text: String(1_000 + i) } as const;
          await table.learn({ kind: 'order', legacy: { kind: 'string', text }, candidate });
        }
        const dialect = new IdentifierDialect(table, [
          {
            kind: 'order',
            learn: [],
            use: [
              { in: 'body', route: 'R', path: '$[*].order' },
              { in: 'answer', route: 'R', path: '$[*].order' },
            ],
          },
        ]);
        const body = json(words.map((order) => ({ order, same: order })));
        const said = dialect.toFollower(intentOf({ route: 'R', body }));
        if (!said.ok) throw new Error(said.because);
        const asked = JSON.parse(Buffer.from(said.write.body).toString()) as { order: number }[];
        expect(asked.map(({ order }) => order)).toEqual(words.map((_, i) => 1_000 + i));
        const back = Buffer.from(dialect.answerToLegacy('R', said.write.body)).toString();
        expect(back).toBe(body.toString());
      }),
    );
  });
});

describe('an answer', () => {
  const learned = async (legacy: unknown, candidate: unknown, pairs = {}) => {
    const { table, dialect } = await setUp(pairs);
    const identifiers = dialect.identifiersOf('POST /orders', json(legacy));
    const entry = { route: 'POST /orders', identifiers } as Entry;
    const because = await dialect.learn(entry, { status: 201, body: json(candidate) });
    return { because, size: table.size };
  };

  it('teaches the pair that both sides generated', async () => {
    expect(await learned({ id: 1 }, { id: 'a' })).toEqual({ because: null, size: 1 });
  });

  it.each([
    [{}, { id: 'a' }, 'the answer of legacy does not have exactly one order at $.id'],
    [{ id: 1 }, {}, 'the answer of the candidate does not have exactly one order at $.id'],
    [{ id: { n: 1 } }, { id: 'a' }, 'the answer of legacy does not have exactly one order at $.id'],
    [
      { id: 1 },
      { id: null },
      'the answer of the candidate does not have exactly one order at $.id',
    ],
  ])('%j and %j teach nothing, and say so', async (legacy, candidate, because) => {
    expect(await learned(legacy, candidate)).toEqual({ because, size: 0 });
  });

  it('that contradicts what is known teaches nothing, and says so', async () => {
    const { because, size } = await learned({ id: 1 }, { id: 'b' }, { '1': 'a' });
    expect(because).toContain('already paired');
    expect(size).toBe(1);
  });

  it('with a member twice is ambiguous', async () => {
    const { dialect } = await setUp();
    expect(dialect.identifiersOf('POST /orders', Buffer.from('{"id":1,"id":2}'))).toEqual({});
  });

  it('is compared in legacy’s identifiers, and shows those that are unknown', async () => {
    const { dialect } = await setUp({ '1': 'a' });
    const toLegacy = (route: string, text: string) =>
      Buffer.from(dialect.answerToLegacy(route, Buffer.from(text))).toString();
    expect(toLegacy('POST /orders', '{"id":"a", "x":"a"}')).toBe('{"id":1, "x":"a"}');
    expect(toLegacy('PUT /orders/{id}', '{"next":"zzz"}')).toBe('{"next":"zzz"}');
    expect(toLegacy('PUT /orders/{id}', 'no JSON')).toBe('no JSON');
    expect(toLegacy('GET /other', '{"id":"a"}')).toBe('{"id":"a"}');
  });
});

describe('a declaration', () => {
  const code = async (settings: IdentifierSettings): Promise<unknown> => {
    const table = await IdentifierTable.load(store());
    try {
      return new IdentifierDialect(table, [settings]);
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
  };

  it.each<[string, IdentifierSettings]>([
    [
      'learns from several places',
      { kind: 'a', learn: [{ route: 'R', path: '$[*].id' }], use: [] },
    ],
    [
      'names a parameter that the route has not',
      { kind: 'a', learn: [], use: [{ in: 'path', route: 'GET /a/{b}', param: 'c' }] },
    ],
  ])('that %s is refused', async (_what, settings) => {
    expect(await code(settings)).toBe('FW_WRITE_IDENTIFIER');
  });
});

describe('the follower, fed through a journal', () => {
  it('gets a change of what it has named itself, though its key is another one', async () => {
    const { dialect, table } = await setUp();
    const asked: string[] = [];
    let isUp = false;
    const sendToFollower: SendWrite = async ({ method, path }) => {
      asked.push(`${method} ${path}`);
      if (method === 'POST' && !isUp) throw new Error('ECONNREFUSED');
      return { status: 201, body: json({ id: 'uuid-1' }) };
    };
    const bench = await benchIn(emptyFolder(), {
      dialect,
      sendToFollower,
      feeding: { backoff: { baseMs: 10, capMs: 20 } },
    });
    const created = writeOf('{}', { route: 'POST /orders', path: '/orders', key: 'customer-1' });
    const changed = writeOf('{}', {
      route: 'PUT /orders/{id}',
      method: 'PUT',
      path: '/orders/41',
      key: 'order-41',
    });
    const ticket = await bench.writes.begin(created);
    await ticket.answered(201, json({ id: 41 }));
    await pass(bench, changed);
    // The change waits for as long as its creation does: nobody's fault, and no dead letter.
    await advanceUntil(bench.clock, () => asked.length > 12, 'the creation was tried often');
    expect(new Set(asked)).toEqual(new Set(['POST /orders']));
    expect(bench.debts).toEqual([]);
    isUp = true;
    await advanceUntil(bench.clock, () => bench.journal.entries.size === 0, 'all is over');
    expect(asked.at(-1)).toBe('PUT /orders/uuid-1');
    expect(table.size).toBe(1);
  });

  it('makes a dead letter of a write whose answers cannot be paired', async () => {
    const { dialect } = await setUp();
    const bench = await benchIn(emptyFolder(), { dialect });
    const ticket = await bench.writes.begin(writeOf('{}', { route: 'POST /orders' }));
    await ticket.answered(201, json({ id: 41 }));
    await advanceUntil(bench.clock, () => bench.debts.length === 1, 'it is dead');
    expect(bench.writes.debts.list(1)[0]?.because).toContain('the answer of the candidate');
  });
});
