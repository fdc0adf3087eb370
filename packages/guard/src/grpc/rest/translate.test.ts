import { fromBinary, toBinary, toJson } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { librarySet, messageOf } from '../../../test/grpc-fixtures.ts';
import { RestProblem } from './rest-problem.ts';
import { compileRestTable, type RestMatch } from './rest-table.ts';
import { type AnswerStyle, translateAnswer } from './translate-answer.ts';
import { translateRequest } from './translate-request.ts';

const set = librarySet();
const { registry } = set;
const table = compileRestTable(set);

function matchOf(method: string, path: string): RestMatch {
  const match = table.match(method, path);
  if (match === undefined || 'allowed' in match) throw new Error(`${path} meets nothing.`);
  return match;
}

interface Asked {
  readonly body?: unknown;
  readonly contentType?: string | null;
  readonly ignoresUnknown?: boolean;
}

/** What a request means, as JSON without its defaults. */
function meant(method: string, target: string, asked: Asked = {}): unknown {
  const { body, contentType = null, ignoresUnknown = false } = asked;
  const [path = '', query = ''] = target.split('?');
  const match = matchOf(method, path);
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const request = { query, contentType, body: Buffer.from(text) };
  const bytes = translateRequest(match, request, { registry, ignoresUnknown });
  const desc = match.binding.method.input;
  return toJson(desc, fromBinary(desc, bytes), { registry });
}

function problem(act: () => unknown): RestProblem {
  try {
    act();
  } catch (error) {
    if (error instanceof RestProblem) return error;
    throw error;
  }
  throw new Error('It was taken.');
}

const BOOK = '/v1/shelves/1/books/2';
const BOOKS = '/v1/shelves/1/books';
const name = 'shelves/1/books/2';
const parent = 'shelves/1';

describe('the path of a request', () => {
  it('fills the field that it names, and one beneath another', () => {
    expect(meant('GET', BOOK)).toEqual({ name });
    expect(meant('PATCH', BOOK, { body: { title: 'T' } })).toEqual({ book: { name, title: 'T' } });
  });

  it('has the last word over the body', () => {
    expect(meant('PUT', BOOK, { body: { name: 'other', title: 'T' } })).toEqual({
      name,
      title: 'T',
    });
  });
});

describe('the query of a request', () => {
  it.each<[string, unknown]>([
    ['page_size=3&pageToken=a%20b', { pageSize: 3, pageToken: 'a b' }],
    ['tags=a&tags=b', { tags: ['a', 'b'] }],
    [
      'filter.author.last_name=X&filter.author.firstName=Y',
      { filter: { author: { lastName: 'X', firstName: 'Y' } } },
    ],
    ['filter.genres=NOVEL&filter.genres=2', { filter: { genres: ['NOVEL', 'POETRY'] } }],
    ['filter.pages_min=0', { filter: { pagesMin: 0 } }],
    ['filter.since=2026-01-01T00:00:00Z', { filter: { since: '2026-01-01T00:00:00Z' } }],
    ['labels[a]=1&labels[b.c]=2', { labels: { a: '1', 'b.c': '2' } }],
    ['fields=title,author.first_name', { fields: 'title,author.firstName' }],
  ])('fills fields: %s', (query, fields) => {
    expect(meant('GET', `${BOOKS}?${query}`)).toEqual({ parent, ...(fields as object) });
  });

  it('is what the body leaves over', () => {
    expect(meant('POST', `${BOOKS}?book_id=7`, { body: { title: 'T' } })).toEqual({
      parent,
      bookId: '7',
      book: { title: 'T' },
    });
  });

  it('is not read where the body is the whole message', () => {
    expect(meant('PUT', `${BOOK}?title=other`, { body: { title: 'T' } })).toEqual({
      name,
      title: 'T',
    });
  });

  it.each([
    ['full=yes', 'full is neither true nor false'],
    ['nope=1', 'there is no parameter "nope"'],
    ['name[x]=1', 'there is no parameter'],
    ['full.more=1', 'there is no parameter'],
  ])('with what the message does not have is the caller’s mistake: %s', (query, because) => {
    const { status, message } = problem(() => meant('GET', `${BOOK}?${query}`));
    expect(status.code).toBe(3);
    expect(message).toContain(because);
  });

  it.each([
    'page_size=x',
    'filter.genres=WAR',
    'filter=1',
    'any_of.author.first_name=A',
    'filter.since=now',
  ])('with a value that is none is the caller’s mistake: %s', (query) => {
    expect(problem(() => meant('GET', `${BOOKS}?${query}`)).status.code).toBe(3);
  });

  it('of ten thousand parameters is not even looked at', () => {
    const query = 'tags=a&'.repeat(10_000);
    expect(problem(() => meant('GET', `${BOOKS}?${query}`)).message).toContain('too many');
  });

  it('may hold more where that is overlooked', () => {
    expect(meant('GET', `${BOOK}?nope=1&full=true`, { ignoresUnknown: true })).toEqual({
      name,
      full: true,
    });
  });

  it('carries every text unharmed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const query = `page_token=${encodeURIComponent(text)}`;
        expect(meant('GET', `${BOOKS}?${query}`)).toEqual({ parent, pageToken: text });
      }),
    );
  });
});

describe('the body of a request', () => {
  it('keeps every digit of a whole number', () => {
    expect(meant('PUT', BOOK, { body: '{"copies":9007199254740993}' })).toEqual({
      name,
      copies: '9007199254740993',
    });
  });

  it('may be left out', () => {
    expect(meant('POST', `${BOOK}:archive`)).toEqual({ name });
  });

  it('may use the names of the proto', () => {
    const body = { author: { first_name: 'A' }, published_at: '2026-01-01T01:00:00+01:00' };
    expect(meant('PUT', BOOK, { body })).toEqual({
      name,
      author: { firstName: 'A' },
      publishedAt: '2026-01-01T00:00:00Z',
    });
  });

  it.each<[string, unknown, string | null]>([
    ['no JSON', '{', null],
    ['a list', [1], null],
    ['null', 'null', null],
    ['of a wrong type', { pages: 'many' }, null],
    ['of a wrong type, deep inside', { author: { firstName: 1 } }, null],
    ['with a member that nobody knows', { nope: 1 }, null],
    ['declared as something else', { title: 'T' }, 'text/xml'],
  ])('that is %s is the caller’s mistake', (_what, body, contentType) => {
    expect(problem(() => meant('PUT', BOOK, { body, contentType })).status.code).toBe(3);
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'application/merge-patch+json'])(
    'may be declared as %s',
    (contentType) => {
      expect(meant('PUT', BOOK, { body: {}, contentType })).toEqual({ name });
    },
  );

  it('never brings down anything, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (body) => {
        try {
          meant('PUT', BOOK, { body });
        } catch (error) {
          expect(error).toBeInstanceOf(RestProblem);
        }
      }),
    );
  });
});

describe('an answer', () => {
  const answer = (method: string, init: Record<string, unknown>, style: AnswerStyle = {}) => {
    const binding = table.bindings.find((each) => each.method.name === method);
    if (binding === undefined) throw new Error(`${method} is not bound.`);
    const desc = binding.method.output;
    return translateAnswer(binding, toBinary(desc, messageOf(desc, init)), registry, style);
  };
  const json = (...args: Parameters<typeof answer>): unknown =>
    JSON.parse(answer(...args).bytes.toString());

  it('has its defaults, and whole numbers of 64 bits as texts', () => {
    expect(json('GetBook', { title: 'T', copies: 2n })).toMatchObject({
      title: 'T',
      copies: '2',
      pages: 0,
      tags: [],
    });
  });

  it('is spelled as it is asked for', () => {
    const style = { emitsDefaults: false, usesProtoNames: true, writesEnumNumbers: true };
    const author = messageOf(set.message('falsework.test.Author'), { firstName: 'A' });
    expect(json('GetBook', { author, genre: 1 }, style)).toEqual({
      author: { first_name: 'A' },
      genre: 1,
    });
  });

  it('may be one field of the message', () => {
    const book = messageOf(set.message('falsework.test.Book'), { title: 'T' });
    expect(json('ListBooks', { books: [book] })).toMatchObject([{ title: 'T' }]);
    expect(json('ListBooks', {}, { emitsDefaults: false })).toEqual([]);
  });

  it('of google.api.HttpBody is its bytes, under its own type', () => {
    const body = answer('Download', { contentType: 'text/csv', data: Buffer.from('a,b') });
    expect(body).toEqual({ contentType: 'text/csv', bytes: Buffer.from('a,b') });
  });

  it('that is no such message is the service’s failure', () => {
    const binding = matchOf('GET', BOOK).binding;
    const garbage = Buffer.from([0x0a, 0xff]);
    expect(problem(() => translateAnswer(binding, garbage, registry)).status.code).toBe(13);
  });
});
