import { readFileSync } from 'node:fs';
import { create, fromBinary, setExtension, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema, MethodOptionsSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { LIBRARY_FILE, librarySet, messageOf } from '../../../test/grpc-fixtures.ts';
import { loadDescriptorSet } from '../descriptors/load-descriptor-set.ts';
import { ruleWords } from './http-rules.ts';
import { compileRestTable } from './rest-table.ts';

const set = librarySet();
const table = compileRestTable(set);

const found = (method: string, path: string): unknown => {
  const match = table.match(method, path);
  if (match === undefined) return 'nothing';
  return 'allowed' in match ? match.allowed.sort() : [match.binding.method.name, ...match.values];
};

describe('the annotations of a service', () => {
  it.each([
    ['GET', '/v1/shelves/1/books/2', ['GetBook', 'shelves/1/books/2']],
    ['GET', '/v1/books/a/b/c', ['GetBook', 'a/b/c']],
    ['GET', '/v1/shelves/1/books', ['ListBooks', 'shelves/1']],
    ['POST', '/v1/shelves/1/books', ['CreateBook', 'shelves/1']],
    ['PATCH', '/v1/shelves/1/books/2', ['UpdateBook', 'shelves/1/books/2']],
    ['PUT', '/v1/shelves/1/books/2', ['ReplaceBook', 'shelves/1/books/2']],
    ['DELETE', '/v1/shelves/1/books/2', ['DeleteBook', 'shelves/1/books/2']],
    ['POST', '/v1/shelves/1/books/2:archive', ['ArchiveBook', 'shelves/1/books/2']],
    ['TOUCH', '/v1/shelves/1/books/2', ['TouchBook', 'shelves/1/books/2']],
    ['GET', '/v1/shelves/1/books:stream', ['StreamBooks', 'shelves/1']],
    ['GET', '/v1/shelves/1/books/2:download', ['Download', 'shelves/1/books/2']],
    // A verb that nobody knows is a part of the name.
    ['GET', '/v1/shelves/1/books/2:other', ['GetBook', 'shelves/1/books/2:other']],
    ['GET', '/v2/shelves', 'nothing'],
    ['DELETE', '/v1/shelves/1/books', ['GET', 'POST']],
  ])('lead %s %s to its method', (method, path, expected) => {
    expect(found(method, path)).toEqual(expected);
  });

  it('are none where nothing is annotated', () => {
    const bare = withRules(() => null);
    expect(compileRestTable(bare).bindings).toEqual([]);
  });
});

/** The set of the tests with the rule of each method changed; `null` takes it away. */
function withRules(ruleOf: (method: string) => Record<string, unknown> | null) {
  const files = fromBinary(FileDescriptorSetSchema, readFileSync(LIBRARY_FILE));
  const http = set.registry.getExtension('google.api.http');
  if (http === undefined) throw new Error('The set lacks the annotations.');
  for (const { service } of files.file) {
    for (const method of service.flatMap((each) => each.method)) {
      const rule = ruleOf(method.name);
      method.options = create(MethodOptionsSchema);
      if (rule === null) continue;
      const value = messageOf(set.message('google.api.HttpRule'), rule);
      setExtension(method.options as never, http, value as never);
    }
  }
  return loadDescriptorSet(toBinary(FileDescriptorSetSchema, files), 'x.binpb');
}

const only = (method: string, rule: Record<string, unknown>) =>
  withRules((name) => (name === method ? rule : null));
const get = (path: string): Record<string, unknown> => ({ pattern: { case: 'get', value: path } });

function refusal(act: () => unknown): { code: string; message: string } {
  try {
    act();
  } catch (error) {
    return error as never;
  }
  throw new Error('It was taken.');
}

describe('an annotation that makes no sense', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['a path that is none', get('v1/x'), 'the path must begin with /'],
    ['a field that is not there', get('/v1/{nome}'), 'has no single field nome'],
    ['a field beneath a text', get('/v1/{name.more}'), 'has no single field name.more'],
    [
      'a message for a text',
      { pattern: { case: 'get', value: '/v1/{full.x}' } },
      'has no single field full.x',
    ],
    ['no pattern', {}, 'it names no HTTP method'],
    ['a GET with a body', { ...get('/v1/x'), body: '*' }, 'a GET has no body'],
    [
      'a body that is no field',
      { pattern: { case: 'post', value: '/x' }, body: 'nope' },
      'has no nope',
    ],
    ['an answer that is no field', { ...get('/x'), responseBody: 'nope' }, 'has no field nope'],
  ])('is refused with its method and its reason: %s', (_what, rule, because) => {
    const { code, message } = refusal(() => compileRestTable(only('GetBook', rule)));
    expect(code).toBe('FW_GRPC_HTTP_RULE');
    expect(message).toContain('falsework.test.Library/GetBook');
    expect(message).toContain(because);
  });

  it('that claims what another one claims is refused, and both are named', () => {
    const both = withRules((name) =>
      name === 'GetBook' || name === 'ArchiveBook' ? get(`/v1/{name=${'*'}}`) : null,
    );
    const { code, message } = refusal(() => compileRestTable(both));
    expect(code).toBe('FW_GRPC_HTTP_CONFLICT');
    expect(message).toContain('GetBook');
    expect(message).toContain('ArchiveBook');
  });
});

describe('of several annotations that a path meets', () => {
  it('the most particular one is taken, whatever their order', () => {
    const paths: Record<string, string> = {
      GetBook: '/v1/{name=**}',
      ArchiveBook: '/v1/{name=*}/x',
      TouchBook: '/v1/a/{name}',
      DeleteBook: '/v1/a/x',
    };
    const several = compileRestTable(
      withRules((name) => (name in paths ? get(paths[name] as string) : null)),
    );
    const chosen = (path: string): unknown => {
      const match = several.match('GET', path);
      return match && 'binding' in match ? match.binding.method.name : match;
    };
    expect(['/v1/a/x', '/v1/a/y', '/v1/b/x', '/v1/b/y', '/v1/b'].map(chosen)).toEqual([
      'DeleteBook',
      'TouchBook',
      'ArchiveBook',
      'GetBook',
      'GetBook',
    ]);
    expect(several.bindings.map(ruleWords)).toContain('GET /v1/a/x');
  });

  it('any method is meant by a custom kind of *', () => {
    const rule = {
      pattern: {
        case: 'custom',
        value: messageOf(set.message('google.api.CustomHttpPattern'), { kind: '*', path: '/v1/x' }),
      },
    };
    const any = compileRestTable(only('GetBook', rule));
    expect(any.match('REPORT', '/v1/x')).toHaveProperty('binding');
  });
});
