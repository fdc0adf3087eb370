import { describe, expect, it } from 'vitest';
import { env, header, ignore, path } from '../authoring.ts';
import { configJsonSchema } from '../json-schema.ts';
import { type ParseContext, parseConfig } from '../parse-config.ts';
import { explainConfig } from './explain-config.ts';

const CONTEXT: ParseContext = { file: 'falsework.config.ts', directory: '/srv/app', env: {} };
const LEAST = { name: 'orders', owner: 'checkout', deleteBy: '2027-03-31' };
const SIDES = { legacy: 'http://orders-v1', candidate: 'http://orders-v2' };

/** `path = value (source from)` of every row, or of those under one path. */
function explained(settings: object, over: Partial<ParseContext> = {}, under = ''): string[] {
  const rows = explainConfig(parseConfig({ ...LEAST, ...settings }, { ...CONTEXT, ...over }));
  return rows
    .filter(({ path: at }) => at.startsWith(under))
    .map(
      ({ path: at, value, source, from }) =>
        `${at} = ${value} (${source}${from === null ? '' : ` ${from}`})`,
    );
}

describe('explainConfig', () => {
  it('tells every value of the least configuration and that most of it is default', () => {
    expect(explained({})).toMatchInlineSnapshot(`
      [
        "name = orders (file falsework.config.ts)",
        "owner = checkout (file falsework.config.ts)",
        "deleteBy = 2027-03-31 (file falsework.config.ts)",
        "money = false (default)",
        "store = shared (default)",
        "policy.mismatch.rateMax = 0.01% (default)",
        "policy.mismatch.confidence = 95% (default)",
        "policy.coverage.rateMin = 99% (default)",
        "policy.transient.rateMax = 1% (default)",
        "policy.window.comparisons = 10000 (default)",
        "policy.window.cycle = 1d (default)",
        "policy.latency.slowerRatioMax = 20% (default)",
        "policy.latency.slowerMax = 5ms (default)",
        "policy.latency.pairsRateMin = 99% (default)",
        "policy.errors.ratioMax = 2 (default)",
        "policy.errors.perHourMax = 50 (default)",
        "policy.alarm.threshold = 1000000000 (default)",
        "policy.shadow.sample = 10% (default)",
        "policy.shadow.noiseSample = 2% (default)",
        "policy.shadow.timeout = 100ms (default)",
        "policy.shadow.queueMax = 1024 (default)",
        "policy.shadow.concurrency = 4 (default)",
        "policy.shadow.recheckAfter = 250ms (default)",
        "policy.ramp = 1, 5, 10, 25, 50, 100 (default)",
        "policy.rampHold = 1h (default)",
        "policy.soak = 1d (default)",
        "policy.burnIn = 1d (default)",
        "policy.legacySilence = 7d (default)",
        "policy.staleAfter = 1m (default)",
        "policy.automatic = shadow, shift (default)",
        "policy.approvals.turnover = 1 (default)",
        "policy.approvals.seal = 1 (default)",
        "policy.approvals.strike = 1 (default)",
        "policy.strata = (none) (default)",
        "legacyCode = (none) (default)",
        "longTail = (none) (default)",
        "notify = (none) (default)",
        "control.url = http://127.0.0.1:8070 (default)",
        "control.host = 127.0.0.1 (default)",
        "control.port = 8070 (default)",
        "control.store = /srv/app/.falsework/state.db (default)",
        "control.token = (made at start) (default)",
      ]
    `);
  });

  it('tells default, file, variable and flag apart', () => {
    const settings = { guard: { ...SIDES, legacy: env('LEGACY_URL'), host: '0.0.0.0' } };
    const context = {
      env: { LEGACY_URL: 'http://from-env', FALSEWORK_PORT: '9000' },
      flags: { guard: { candidate: 'http://from-flag' } },
    };
    expect(explained(settings, context, 'guard.').slice(0, 5)).toEqual([
      'guard.legacy = http://from-env (variable LEGACY_URL)',
      'guard.candidate = http://from-flag (flag)',
      'guard.port = 9000 (variable FALSEWORK_PORT)',
      'guard.host = 0.0.0.0 (file falsework.config.ts)',
      'guard.workers = 1 (default)',
    ]);
  });

  it('gives a route what is in force for it, and the setting that decided', () => {
    const guard = {
      ...SIDES,
      key: header('x-account-id'),
      compare: [ignore('$.at')],
      redact: ['taxNumber'],
      routes: {
        'GET /orders/{id}': { key: path('id'), sample: 1 },
        'POST /orders': { critical: true, redact: ['$.to'] },
      },
    };
    const policy = { shadow: { timeout: '250ms' } };
    expect(explained({ guard, policy }, {}, 'guard.routes')).toEqual([
      'guard.routes["GET /orders/{id}"].effects = none (default)',
      'guard.routes["GET /orders/{id}"].compare = ignore $.at (file falsework.config.ts)',
      'guard.routes["GET /orders/{id}"].redact = taxNumber (file falsework.config.ts)',
      'guard.routes["GET /orders/{id}"].key = path id (file falsework.config.ts)',
      'guard.routes["GET /orders/{id}"].stratum = (none) (default)',
      'guard.routes["GET /orders/{id}"].shadowsCarryCredentials = false (default)',
      'guard.routes["GET /orders/{id}"].maxBody = 1MiB (default)',
      'guard.routes["GET /orders/{id}"].critical = (none) (default)',
      'guard.routes["GET /orders/{id}"].idempotent = false (default)',
      'guard.routes["GET /orders/{id}"].outcomes = (none) (default)',
      'guard.routes["GET /orders/{id}"].identifiers = (none) (default)',
      'guard.routes["GET /orders/{id}"].workflow = false (default)',
      'guard.routes["GET /orders/{id}"].shift = true (default)',
      'guard.routes["GET /orders/{id}"].sample = 100% (file falsework.config.ts)',
      'guard.routes["GET /orders/{id}"].timeout = 250ms (file falsework.config.ts)',
      'guard.routes["POST /orders"].effects = undeclared (default)',
      'guard.routes["POST /orders"].compare = ignore $.at (file falsework.config.ts)',
      'guard.routes["POST /orders"].redact = taxNumber, $.to (file falsework.config.ts)',
      'guard.routes["POST /orders"].key = header x-account-id (file falsework.config.ts)',
      'guard.routes["POST /orders"].stratum = (none) (default)',
      'guard.routes["POST /orders"].shadowsCarryCredentials = false (default)',
      'guard.routes["POST /orders"].maxBody = 1MiB (default)',
      'guard.routes["POST /orders"].critical = every mismatch (file falsework.config.ts)',
      'guard.routes["POST /orders"].idempotent = false (default)',
      'guard.routes["POST /orders"].outcomes = (none) (default)',
      'guard.routes["POST /orders"].identifiers = (none) (default)',
      'guard.routes["POST /orders"].workflow = false (default)',
      'guard.routes["POST /orders"].shift = true (default)',
      'guard.routes["POST /orders"].sample = 10% (default)',
      'guard.routes["POST /orders"].timeout = 250ms (file falsework.config.ts)',
    ]);
  });

  it('writes the ramp, strata and cohorts as people would', () => {
    const settings = {
      cohorts: { internal: ['a', 'b'], beta: ['c'] },
      policy: {
        ramp: ['internal', 1, 'beta', '10%', 100],
        strata: [
          { seam: 'GET /rare', rateMax: '1%', reason: 'rare' },
          { seam: 'GET /x', stratum: 'gold', rateMax: null, reason: 'three a year' },
        ],
      },
    };
    const rows = explained(settings);
    expect(rows).toContain('policy.ramp = internal, 1, beta, 10, 100 (file falsework.config.ts)');
    expect(rows).toContain(
      'policy.strata = GET /rare: 1%, GET /x · gold: waived (file falsework.config.ts)',
    );
    expect(rows).toContain('cohorts.internal = 2 keys (file falsework.config.ts)');
    expect(rows).toContain('cohorts.beta = 1 key (file falsework.config.ts)');
  });

  it('says that money asked for the second name', () => {
    expect(explained({ money: true }, {}, 'policy.approvals')).toEqual([
      'policy.approvals.turnover = 2 (file falsework.config.ts)',
      'policy.approvals.seal = 2 (file falsework.config.ts)',
      'policy.approvals.strike = 1 (default)',
    ]);
  });

  it('says of a secret only that it is set', () => {
    const control = { store: 'postgres://falsework:hunter2@db/state', token: env('TOKEN') };
    const rows = explained({ control }, { env: { TOKEN: 'hunter2hunter2hunter2' } }, 'control.');
    expect(rows.join('\n')).not.toContain('hunter2');
    expect(rows).toContain('control.store = (set) (file falsework.config.ts)');
    expect(rows).toContain('control.token = (set) (variable TOKEN)');
  });

  it('says where each token of control is read from, and reads none', () => {
    const control = { tokens: { ada: { role: 'viewer', secret: env('ADA_TOKEN') } } };
    const context = { env: { ADA_TOKEN: 'hunter2hunter2hunter2' } };
    const rows = explained({ control }, context, 'control.tokens');
    expect(rows).toEqual([
      'control.tokens.ada.role = viewer (file falsework.config.ts)',
      'control.tokens.ada.secret = (read from the variable ADA_TOKEN when control starts) (file falsework.config.ts)',
    ]);
  });

  it('tells of control once, whoever of several migrations speaks for it', () => {
    const migrations = [LEAST, { ...LEAST, name: 'cards', control: { port: 9_999 } }];
    const rows = explainConfig(parseConfig(migrations, CONTEXT));
    const ports = rows.filter(({ path: at }) => at === 'control.port');
    expect(ports).toEqual([
      {
        migration: null,
        path: 'control.port',
        value: '9999',
        source: 'file',
        from: 'falsework.config.ts',
      },
    ]);
    const names = rows.filter(({ path: at }) => at === 'name').map(({ migration }) => migration);
    expect(names).toEqual(['orders', 'cards']);
  });

  it('leaves out no setting of the schema', () => {
    const grpc = { descriptors: 'set.binpb', methods: { 'a.B/C': {} } };
    const guard = { ...SIDES, candidate: 'grpc://c', routes: { 'GET /': {} }, grpc };
    const data = {
      from: 'postgres://v1/ledger',
      to: 'postgres://v2/ledger',
      tables: { entries: { to: 'ledger_entries' } },
      invariants: { balanced: { sql: 'select 1' } },
      reads: { keys: { entries: 'account' }, keysBack: { ledger_entries: 'account' } },
    };
    const stores = { store: 'separate', data } as const;
    const control = { tokens: { ada: { role: 'viewer', secret: env('ADA_TOKEN') } } };
    const own = { seams: { a: {} }, cohorts: { internal: ['a'] } };
    const settings = { guard, control, ...own, ...stores };
    const rows = explainConfig(parseConfig({ ...LEAST, ...settings }, CONTEXT));
    const told = new Set(rows.map(({ path: at }) => at));
    const names = {
      'guard.routes.*': 'guard.routes["GET /"]',
      'guard.grpc.methods.*': 'guard.grpc.methods["a.B/C"]',
      'data.tables.*': 'data.tables.entries',
      'data.invariants.*': 'data.invariants.balanced',
      'data.reads.keys.*': 'data.reads.keys.entries',
      'data.reads.keysBack.*': 'data.reads.keysBack.ledger_entries',
      'seams.*': 'seams.a',
      'cohorts.*': 'cohorts.internal',
      'control.tokens.*': 'control.tokens.ada',
    };
    const expected = settingsOf(migrationNode()).map((at) =>
      Object.entries(names).reduce((text, [star, name]) => text.replace(star, name), at),
    );
    expect(expected.length).toBeGreaterThan(55);
    expect(expected.filter((at) => !told.has(at))).toEqual([]);
  });
});

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly oneOf?: unknown;
}

function migrationNode(): Node {
  const { definitions } = configJsonSchema() as { definitions: { migration: Node } };
  return definitions.migration;
}

/** Every setting of the JSON Schema that holds a value; `*` stands for a name of the user's. */
function settingsOf({ properties = {}, additionalProperties }: Node, at: string[] = []): string[] {
  const named = Object.entries(properties).filter(([key]) => key !== '$schema');
  if (typeof additionalProperties === 'object') named.push(['*', additionalProperties]);
  if (named.length === 0) return [at.join('.')];
  return named.flatMap(([key, node]) => settingsOf(node, [...at, key]));
}
