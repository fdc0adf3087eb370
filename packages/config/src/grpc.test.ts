import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { explainConfig } from './explain/explain-config.ts';
import { parseConfig } from './parse-config.ts';

const CONTEXT = { file: 'falsework.config.yaml', directory: '/srv/orders', env: {} };
const HEAD = 'name: ledger\nowner: payments\ndeleteBy: 2027-03-31\n';
const BETWEEN = 'legacy: grpc://ledger-v1:50051\n  candidate: grpcs://ledger-v2\n';
const BRIDGE = 'legacy: http://ledger-v1\n  candidate: grpc://ledger-v2:50051\n';

const load = (guard: string) =>
  parseConfig(parse(`${HEAD}guard:\n  ${guard}`) as object, CONTEXT).migrations[0]?.guard;
const problemsOf = (guard: string): string[] => {
  try {
    load(guard);
  } catch (error) {
    const { problems } = (error as { facts: { problems: { code: string; message: string }[] } })
      .facts;
    return problems.map(({ code, message }) => `${code} ${message}`);
  }
  return [];
};

describe('a guard of gRPC', () => {
  it('needs no more than two addresses', () => {
    expect(load(BETWEEN)).toMatchObject({
      legacy: 'grpc://ledger-v1:50051',
      candidate: 'grpcs://ledger-v2',
      grpc: null,
    });
  });

  it('knows its methods, and finds the descriptor set from the folder of the file', () => {
    const guard = load(`${BETWEEN}  grpc:
    descriptors: proto/ledger.binpb
    ignoredTrailers: [x-request-*]
    maxMessage: 4MiB
    timeout: 30s
    methods:
      ledger.v1.Ledger/Get: { effects: none, sample: 50%, timeout: 250ms }
      ledger.v1.Ledger/Post: { effects: follow, critical: true }
`);
    expect(guard?.grpc).toEqual({
      descriptors: '/srv/orders/proto/ledger.binpb',
      reflection: false,
      ignoredTrailers: ['x-request-*'],
      maxMessageBytes: 4 * 1024 * 1024,
      timeoutMsMax: 30_000,
      stream: 'array',
      ignoresUnknown: false,
      methods: {
        'ledger.v1.Ledger/Get': {
          effects: 'none',
          sample: 0.5,
          timeoutMs: 250,
          compare: [],
          redact: [],
          critical: [],
        },
        'ledger.v1.Ledger/Post': { effects: 'follow', compare: [], redact: [], critical: true },
      },
    });
  });

  it.each([
    ['grpc: { descriptor: a.binpb }', 'FW_CONFIG_KEY_UNKNOWN', 'descriptors'],
    ['grpc: { methods: { Get: {} } }', 'FW_CONFIG_VALUE', 'pkg.Service/Method'],
    ['grpc: { methods: { a.B/C: { effects: recorded } } }', 'FW_CONFIG_VALUE', 'none, dry-run'],
    ['grpc: { maxMessage: 2000MiB }', 'FW_CONFIG_VALUE', 'a size from 1B'],
    ['grpc: { timeout: 0s }', 'FW_CONFIG_VALUE', 'a duration'],
    ['grpc: { stream: text }', 'FW_CONFIG_VALUE', 'array or lines'],
    ['key: { from: query, name: id }', 'FW_CONFIG_GRPC', 'metadata'],
    ['host: unix:/run/guard.sock', 'FW_CONFIG_GRPC', 'a host name'],
    ['routes: { GET /a: {} }', 'FW_CONFIG_GRPC', 'guard.grpc.methods'],
  ])('refuses %s', (settings, code, words) => {
    const [first = ''] = problemsOf(`${BETWEEN}  ${settings}\n`);
    expect(first.split(' ')[0]).toBe(code);
    expect(first).toContain(words);
  });

  it('lets no rule of a method excuse what is strict for all', () => {
    const [first = ''] = problemsOf(
      `${BETWEEN}  compare: [{ rule: strict, path: $.amount }]
  grpc: { methods: { a.B/C: { compare: [{ rule: ignore, path: $.amount }] } } }\n`,
    );
    expect(first).toContain('FW_RULE_STRICT');
    expect(first).toContain('guard.grpc.methods["a.B/C"].compare[0]');
  });

  it('shows every setting with its source', () => {
    const settings = `${BETWEEN}  grpc: { reflection: true, methods: { a.B/C: { effects: none } } }`;
    const config = parseConfig(parse(`${HEAD}guard:\n  ${settings}`) as object, CONTEXT);
    const rows = explainConfig(config)
      .filter(({ path }) => path.startsWith('guard.grpc'))
      .map(({ path, value, source }) => `${path} = ${value} (${source})`);
    expect(rows).toEqual([
      'guard.grpc.descriptors = (none) (default)',
      'guard.grpc.reflection = true (file)',
      'guard.grpc.ignoredTrailers = (none) (default)',
      'guard.grpc.maxMessage = 64MiB (default)',
      'guard.grpc.timeout = (any) (default)',
      'guard.grpc.stream = array (default)',
      'guard.grpc.ignoresUnknown = false (default)',
      'guard.grpc.methods["a.B/C"].effects = none (file)',
      'guard.grpc.methods["a.B/C"].compare = (none) (default)',
      'guard.grpc.methods["a.B/C"].redact = (none) (default)',
      'guard.grpc.methods["a.B/C"].critical = (none) (default)',
      'guard.grpc.methods["a.B/C"].shadowsCarryCredentials = false (default)',
      'guard.grpc.methods["a.B/C"].sample = 10% (default)',
      'guard.grpc.methods["a.B/C"].timeout = 100ms (default)',
    ]);
  });
});

it('the guide shows a configuration that is one', () => {
  const guide = readFileSync(new URL('../../../docs/guides/grpc.md', import.meta.url), 'utf8');
  const [, shown = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(guide) ?? [];
  const [migration] = parseConfig(parse(`${HEAD}${shown}`) as object, CONTEXT).migrations;
  expect(Object.keys(migration?.guard?.grpc?.methods ?? {})).toEqual([
    'ledger.v1.Ledger/Search',
    'ledger.v1.Ledger/Balance',
  ]);
});

describe('a bridge', () => {
  it('keeps the routes and keys that HTTP has', () => {
    const guard = load(`${BRIDGE}  key: { from: query, name: id }
  routes: { 'GET /v1/books/{id}': { sample: 1 } }
  grpc: { descriptors: a.binpb, stream: lines, ignoresUnknown: true }\n`);
    expect(guard?.routes).toHaveLength(1);
    expect(guard?.grpc).toMatchObject({ stream: 'lines', ignoresUnknown: true });
  });

  it('needs descriptors, from a file or from the service', () => {
    expect(problemsOf(BRIDGE)[0]).toContain('FW_CONFIG_GRPC guard.grpc.descriptors is missing');
    expect(problemsOf(`${BRIDGE}  grpc: { reflection: true }\n`)).toEqual([]);
  });

  it('leads from HTTP to gRPC only', () => {
    const [first = ''] = problemsOf('legacy: grpc://a\n  candidate: http://b\n');
    expect(first).toContain('FW_CONFIG_GRPC guard.candidate is "http://b"');
  });

  it('is none between two HTTP services, where its settings would change nothing', () => {
    const [first = ''] = problemsOf(
      'legacy: http://a\n  candidate: http://b\n  grpc: { descriptors: a.binpb }\n',
    );
    expect(first).toContain('FW_CONFIG_GRPC guard.grpc is given');
  });
});

describe('an address', () => {
  it.each(['grpc://a/path', 'grpc://u:p@a', 'grpc://', 'grpc:/a', 'grpc://a:0', 'grpcx://a'])(
    '%s is refused',
    (address) => {
      const [first = ''] = problemsOf(`legacy: ${address}\n  candidate: grpc://b\n`);
      expect(first).toContain('guard.legacy');
      expect(first).not.toContain('u:p@');
    },
  );

  it('is the guard’s own, or that of both sides, whatever is spoken there', () => {
    expect(problemsOf('legacy: grpc://a:1\n  candidate: grpc://A:1/\n')[0]).toContain(
      'FW_CONFIG_SIDES_EQUAL',
    );
    const own = 'legacy: grpc://localhost:8000\n  candidate: grpc://b\n';
    expect(problemsOf(own)[0]).toContain('FW_CONFIG_LOOP');
  });
});
