import { isFalseworkError } from '@falsework/core/errors';
import { DEFAULT_POLICY, strictForMoney } from '@falsework/core/policy';
import { describe, expect, it } from 'vitest';
import { env, file, header, ignore, list, path, tolerance } from './authoring.ts';
import type { MigrationConfig } from './migration-config.ts';
import { type LoadedConfig, type ParseContext, parseConfig } from './parse-config.ts';
import type { ConfigProblem } from './problems.ts';
import type { GuardSettings, Migration } from './settings.ts';

const LEAST = { name: 'orders', owner: 'checkout', deleteBy: '2027-03-31' } as const;
const SIDES = { legacy: 'http://orders-v1:8080', candidate: 'http://orders-v2:8080' } as const;
const CONTEXT: ParseContext = { file: 'falsework.config.yaml', directory: '/srv/app', env: {} };

function parsed(value: unknown, over: Partial<ParseContext> = {}): LoadedConfig {
  return parseConfig(value, { ...CONTEXT, ...over });
}

/** The one migration of the least configuration with these settings beside it. */
function migration(settings: Partial<MigrationConfig> = {}): Migration {
  const [only] = parsed({ ...LEAST, ...settings }).migrations;
  return only ?? expect.unreachable('one migration goes in, one comes out');
}

function guard(settings: object = {}): GuardSettings {
  const { guard: built } = migration({ guard: { ...SIDES, ...settings } });
  return built ?? expect.unreachable('it was given a guard');
}

function problemsOf(value: unknown, over: Partial<ParseContext> = {}): readonly ConfigProblem[] {
  try {
    parsed(value, over);
  } catch (error) {
    if (!isFalseworkError(error) || error.code !== 'FW_CONFIG_INVALID') throw error;
    return error.facts.problems as readonly ConfigProblem[];
  }
  return expect.unreachable('the configuration is valid');
}

/** `code path` of every problem of the least configuration with these settings beside it. */
function refused(settings: object, over: Partial<ParseContext> = {}): string[] {
  return problemsOf({ ...LEAST, ...settings }, over).map(({ code, path: at }) => `${code} ${at}`);
}

describe('defaults', () => {
  it('fills in exactly the policy that core calls the default', () => {
    expect(migration().policy).toEqual(DEFAULT_POLICY);
  });

  it('makes the policy exactly as strict as core does where money moves', () => {
    expect(migration({ money: true }).policy).toEqual(strictForMoney(DEFAULT_POLICY));
  });

  it('needs a name, an owner and an end, and nothing else', () => {
    const { policy: _, ...rest } = migration();
    expect(rest).toEqual({
      name: 'orders',
      owner: 'checkout',
      // The day itself still belongs to the old: the instant is its end.
      deleteBy: Date.UTC(2027, 3, 1),
      topology: 'shared',
      guard: null,
      data: null,
      seams: {},
      cohorts: {},
      legacyCode: [],
      longTail: [],
      notify: [],
    });
    expect(refused({ name: undefined, owner: undefined, deleteBy: undefined })).toEqual([
      'FW_CONFIG_VALUE name',
      'FW_CONFIG_VALUE owner',
      'FW_CONFIG_VALUE deleteBy',
    ]);
  });

  it('keeps guard and control on this machine unless they are opened knowingly', () => {
    expect(guard().host).toBe('127.0.0.1');
    expect(parsed(LEAST).control).toEqual({
      url: 'http://127.0.0.1:8070',
      host: '127.0.0.1',
      port: 8_070,
      store: { kind: 'sqlite', file: '/srv/app/.falsework/state.db' },
      token: null,
      tokens: [],
    });
  });

  it('finds the files of TLS from its own folder, and reads limits with their units', () => {
    const made = guard({
      tls: { cert: 'tls/cert.pem', key: '/etc/key.pem' },
      workers: 4,
      limits: {
        head: '32KiB',
        body: '100MiB',
        bodyTimeout: '5s',
        answerTimeout: '1m',
        totalTimeout: '5m',
      },
      sides: {
        legacy: { ca: 'ca.pem', requests: 500 },
        candidate: { headers: { deny: ['X-Secret', 'x-internal-*'] }, shadows: 8, verify: false },
      },
      shadowsCarryCredentials: true,
    });
    expect(made).toMatchObject({
      tls: { cert: expect.stringMatching(/^\/.*\/tls\/cert\.pem$/), key: '/etc/key.pem' },
      limits: {
        headBytesMax: 32_768,
        bodyBytesMax: 104_857_600,
        bodyTimeoutMs: 5_000,
        answerTimeoutMs: 60_000,
        totalTimeoutMs: 300_000,
      },
      sides: {
        legacy: { ca: expect.stringMatching(/^\/.*\/ca\.pem$/), requestsMax: 500 },
        candidate: {
          headers: { deny: ['x-secret', 'x-internal-*'] },
          shadowsMax: 8,
          verify: false,
        },
      },
      shadowsCarryCredentials: true,
    });
  });

  it('takes sockets in the file system as addresses, but not its own', () => {
    const [one, other] = ['unix:/run/v1.sock', 'unix:/run/v2.sock'];
    const sides = { legacy: one, candidate: other };
    expect(guard({ ...sides, host: 'unix:/run/g.sock' })).toMatchObject(sides);
    expect(() => guard({ ...sides, host: other })).toThrow(/guard itself listens/);
    expect(() => guard({ ...sides, candidate: one })).toThrow(/compared with itself/);
    expect(() => guard({ ...sides, legacy: 'unix:run/v1.sock' })).toThrow(/or unix:\/path/);
  });

  it('guards with nothing but two addresses', () => {
    expect(guard()).toEqual({
      ...SIDES,
      host: '127.0.0.1',
      port: 8_000,
      workers: 1,
      key: null,
      health: { path: '/', okStatusMax: 499, intervalMs: 5_000, timeoutMs: 2_000 },
      buildHeader: 'falsework-build',
      routes: [],
      compare: [],
      redact: [],
      headers: ['content-type', 'location'],
      maxBodyBytes: 1_048_576,
      grpc: null,
      writes: {
        folder: '/srv/app/.falsework/writes/orders',
        journal: {
          bytesMax: 1_024 * 1_048_576,
          entriesMax: 100_000,
          diskFreeBytesMin: 256 * 1_048_576,
        },
        feeding: {
          concurrency: 16,
          backoff: { baseMs: 100, capMs: 30_000 },
          attemptsMax: 8,
          unavailableMsMax: 86_400_000,
        },
        resolving: {
          backoff: { baseMs: 100, capMs: 5_000 },
          replayWithinMs: 900_000,
          quietMs: 1_000,
        },
        keyWaitMs: 5_000,
        bodyBytesMax: 1_048_576,
        bodiesBytesMax: 64 * 1_048_576,
        attemptTimeoutMs: 30_000,
      },
      tls: null,
      forwarded: 'private',
      limits: {
        headBytesMax: 16_384,
        bodyBytesMax: null,
        headTimeoutMs: 60_000,
        bodyTimeoutMs: 60_000,
        idleTimeoutMs: 75_000,
        answerTimeoutMs: null,
        totalTimeoutMs: null,
        connectionsMax: null,
      },
      sides: {
        legacy: { ca: null, verify: true, requestsMax: null, shadowsMax: 128 },
        candidate: { ca: null, verify: true, requestsMax: null, shadowsMax: 128 },
      },
      shadowsCarryCredentials: false,
    });
  });
});

describe('policy', () => {
  it('takes durations, rates and counts as people write them', () => {
    const { policy } = migration({
      policy: {
        mismatch: { rateMax: '0.1%', confidence: '99%' },
        coverage: { rateMin: '95%' },
        transient: { rateMax: 0.02 },
        window: { comparisons: 5_000, cycle: '7d' },
        latency: { slowerRatioMax: '150%', slowerMax: '20ms', pairsRateMin: 0.98 },
        errors: { ratioMax: 3, perHourMax: 0 },
        alarm: { threshold: 1e6 },
        shadow: {
          sample: '25%',
          noiseSample: '5%',
          timeout: '1s',
          queueMax: 10,
          concurrency: 1,
          recheckAfter: 0,
        },
        ramp: [50, '100%'],
        rampHold: '10m',
        soak: '2d',
        burnIn: '31d',
        legacySilence: 60_000,
        staleAfter: '30s',
        automatic: ['shadow'],
        approvals: { seal: 3 },
        strata: [{ seam: 'GET /rare', rateMax: '1%', reason: 'ten a day' }],
      },
    });
    expect(policy).toEqual({
      mismatch: { rateMax: 0.001, confidence: 0.99 },
      coverage: { rateMin: 0.95 },
      transient: { rateMax: 0.02 },
      window: { comparisons: 5_000, cycleMs: 604_800_000 },
      latency: { slowerRatioMax: 1.5, slowerMsMax: 20, pairsRateMin: 0.98 },
      errors: { ratioMax: 3, perHourMax: 0 },
      alarm: { threshold: 1e6 },
      shadow: {
        sample: 0.25,
        noiseSample: 0.05,
        timeoutMs: 1_000,
        queueMax: 10,
        concurrency: 1,
        recheckAfterMs: 0,
      },
      ramp: {
        steps: [
          { percent: 50, cohorts: [] },
          { percent: 100, cohorts: [] },
        ],
        holdMs: 600_000,
      },
      soakMs: 172_800_000,
      burnInMs: 31 * 86_400_000,
      legacySilenceMs: 60_000,
      staleAfterMs: 30_000,
      automatic: ['shadow'],
      approvals: { seal: 3, strike: 1 },
      strata: [{ seam: 'GET /rare', stratum: '', rateMax: 0.01, reason: 'ten a day' }],
      money: false,
    });
  });

  it('keeps a cohort with the candidate on every later rung', () => {
    const { policy } = migration({
      cohorts: { internal: ['a'], beta: ['b'] },
      policy: { ramp: ['internal', 1, 'beta', 10, 100] },
    });
    expect(policy.ramp.steps).toEqual([
      { percent: 0, cohorts: ['internal'] },
      { percent: 1, cohorts: ['internal'] },
      { percent: 1, cohorts: ['internal', 'beta'] },
      { percent: 10, cohorts: ['internal', 'beta'] },
      { percent: 100, cohorts: ['internal', 'beta'] },
    ]);
  });

  it.each([
    [{ mismatch: { rateMax: 0 } }, 'mismatch.rateMax'],
    [{ mismatch: { rateMax: 1 } }, 'mismatch.rateMax'],
    [{ mismatch: { confidence: 1 } }, 'mismatch.confidence'],
    [{ mismatch: { confidence: 0.4 } }, 'mismatch.confidence'],
    [{ coverage: { rateMin: 1 } }, 'coverage.rateMin'],
    [{ coverage: { rateMin: 99 } }, 'coverage.rateMin'],
    [{ transient: { rateMax: '0%' } }, 'transient.rateMax'],
    [{ window: { comparisons: 0 } }, 'window.comparisons'],
    [{ window: { comparisons: 1.5 } }, 'window.comparisons'],
    [{ window: { cycle: 0 } }, 'window.cycle'],
    [{ latency: { slowerRatioMax: -1 } }, 'latency.slowerRatioMax'],
    [{ latency: { slowerMax: '2d' } }, 'latency.slowerMax'],
    [{ latency: { pairsRateMin: 1 } }, 'latency.pairsRateMin'],
    [{ errors: { ratioMax: 0.5 } }, 'errors.ratioMax'],
    [{ errors: { perHourMax: -1 } }, 'errors.perHourMax'],
    [{ alarm: { threshold: 1 } }, 'alarm.threshold'],
    [{ shadow: { sample: 10 } }, 'shadow.sample'],
    [{ shadow: { timeout: 0 } }, 'shadow.timeout'],
    // A timer beyond 24.8 days would fire at once.
    [{ shadow: { timeout: '25d' } }, 'shadow.timeout'],
    [{ shadow: { queueMax: 0 } }, 'shadow.queueMax'],
    [{ shadow: { concurrency: 0 } }, 'shadow.concurrency'],
    [{ shadow: { recheckAfter: -1 } }, 'shadow.recheckAfter'],
    [{ rampHold: '0s' }, 'rampHold'],
    [{ soak: 'a while' }, 'soak'],
    [{ burnIn: '5' }, 'burnIn'],
    [{ legacySilence: null }, 'legacySilence'],
    [{ staleAfter: '4000d' }, 'staleAfter'],
    [{ automatic: ['inert'] }, 'automatic[0]'],
    [{ automatic: 'shadow' }, 'automatic'],
    [{ approvals: { seal: 0 } }, 'approvals.seal'],
    [{ approvals: { strike: 11 } }, 'approvals.strike'],
    [{ ramp: [] }, 'ramp'],
    [{ ramp: [0, 100] }, 'ramp[0]'],
    [{ ramp: [101] }, 'ramp[0]'],
    [{ ramp: ['In Ternal', 100] }, 'ramp[0]'],
    [{ strata: [{ seam: '', rateMax: 0.1, reason: 'x' }] }, 'strata[0].seam'],
    [{ strata: [{ seam: 'a', rateMax: 0.1 }] }, 'strata[0].reason'],
    [{ strata: [{ seam: 'a', reason: 'x' }] }, 'strata[0].rateMax'],
    [{ mismatch: 5 }, 'mismatch'],
  ])('refuses %j at its place', (policy, at) => {
    expect(refused({ policy })).toEqual([`FW_CONFIG_VALUE policy.${at}`]);
  });

  it('refuses approvals of a stage that asks for none', () => {
    expect(refused({ policy: { approvals: { shadow: 1 } } })).toEqual([
      'FW_CONFIG_KEY_UNKNOWN policy.approvals.shadow',
    ]);
  });
});

describe('the guard', () => {
  it('gives each route what all share, its own rules last', () => {
    const { routes } = guard({
      key: header('X-Account-Id'),
      compare: [ignore('$..servedBy')],
      redact: ['taxNumber', '$.to'],
      routes: {
        'GET /orders/{id}': {
          redact: ['$.customer.name', 'taxNumber'],
          sample: '50%',
          timeout: '250ms',
          maxBody: '4MiB',
          compare: [tolerance('$.tax', { abs: 0.005 })],
          key: path('{id}'),
          stratum: header('X-Tenant-Class'),
          critical: ['$.total'],
        },
        'POST /orders': { effects: 'dry-run', critical: true },
        'PUT /orders/{id}': {},
      },
    });
    expect(routes[0]).toEqual({
      seam: 'GET /orders/{id}',
      pattern: { method: 'GET', segments: [{ literal: 'orders' }, { param: 'id' }] },
      effects: 'none',
      sample: 0.5,
      compare: [
        { rule: 'ignore', path: '$..servedBy' },
        { rule: 'tolerance', path: '$.tax', abs: 0.005 },
      ],
      redact: ['taxNumber', '$.to', '$.customer.name'],
      key: { from: 'path', name: 'id' },
      stratum: { from: 'header', name: 'x-tenant-class' },
      critical: ['$.total'],
      timeoutMs: 250,
      maxBodyBytes: 4 * 1024 * 1024,
      shadowsCarryCredentials: null,
      writes: { isIdempotent: false, outcomes: {} },
      identifiers: null,
      canShift: true,
      beginsWorkflow: false,
    });
    expect(routes[1]).toMatchObject({
      effects: 'dry-run',
      key: { from: 'header', name: 'x-account-id' },
      critical: true,
      sample: null,
      timeoutMs: null,
    });
    expect(routes[2]).toMatchObject({ effects: 'undeclared', critical: [] });
    expect(routes[2]?.redact).toEqual(['taxNumber', '$.to']);
  });

  it('refuses what is to be redacted when it is neither a path nor a name, at its place', () => {
    const problems = problemsOf({
      ...LEAST,
      guard: { ...SIDES, redact: ['ok', '$.a['], routes: { 'GET /x': { redact: [7] } } },
    });
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'FW_REDACT_INVALID guard.routes["GET /x"].redact[0] must be a JSONPath such as $.customer.name, or the name of a member such as taxNumber.',
      'FW_PATH_SYNTAX guard.redact[1]: The path "$.a[" does not parse at character 5: expected a quoted name, "*", an index, a slice or a filter starting with "?".',
    ]);
  });

  it.each(['GET', 'HEAD', 'OPTIONS'])('takes %s for a read', (method) => {
    expect(guard({ routes: { [`${method} /x`]: {} } }).routes[0]?.effects).toBe('none');
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'ANY'])('guesses nothing of %s', (method) => {
    expect(guard({ routes: { [`${method} /x`]: {} } }).routes[0]?.effects).toBe('undeclared');
  });

  it('normalises addresses, header names and repetitions', () => {
    const { legacy, candidate, headers, buildHeader } = guard({
      legacy: 'HTTP://Orders-V1:80/',
      candidate: 'https://orders-v2:443',
      headers: ['ETag', 'etag', 'X-Total'],
      build: { header: 'X-Build' },
    });
    expect({ legacy, candidate, headers, buildHeader }).toEqual({
      legacy: 'http://orders-v1',
      candidate: 'https://orders-v2',
      headers: ['etag', 'x-total'],
      buildHeader: 'x-build',
    });
  });

  it('asks a path of health for success, and the root for any sign of life', () => {
    expect(guard({ health: { path: '/healthz' } }).health).toMatchObject({
      path: '/healthz',
      okStatusMax: 299,
    });
    expect(guard({ health: { interval: '1s' } }).health).toEqual({
      path: '/',
      okStatusMax: 499,
      intervalMs: 1_000,
      timeoutMs: 2_000,
    });
  });

  it.each([
    ['ftp://x'],
    ['grpcx://x'],
    ['x:8080'],
    ['//x'],
    ['http://'],
    ['http://x/base'],
    ['http://x?a=1'],
    ['http://x#a'],
    ['http://user:password@x'],
    ['http:\\\\x'],
    [' http://x'],
    ['http://x y'],
    ['http://x:0'],
    ['http://x:70000'],
    ['http://[::1'],
    [''],
    [7],
    [null],
    [undefined],
    [['http://x']],
  ])('refuses %j as the address of a side', (legacy) => {
    expect(refused({ guard: { ...SIDES, legacy } })).toEqual(['FW_CONFIG_VALUE guard.legacy']);
  });

  it.each([
    [{ port: 65_536 }, 'port'],
    [{ port: '80a' }, 'port'],
    [{ port: 80.5 }, 'port'],
    [{ host: 'a b' }, 'host'],
    [{ workers: 0 }, 'workers'],
    [{ workers: 'many' }, 'workers'],
    [{ workers: 1.5 }, 'workers'],
    [{ host: 'x:80' }, 'host'],
    [{ host: '' }, 'host'],
    [{ key: 'x-account-id' }, 'key'],
    [{ key: { from: 'body', name: 'x' } }, 'key.from'],
    [{ key: { from: 'header', name: 'a b' } }, 'key.name'],
    [{ key: { from: 'cookie', name: '' } }, 'key.name'],
    [{ key: { from: 'header' } }, 'key.name'],
    [{ health: { path: 'healthz' } }, 'health.path'],
    [{ health: { interval: 0 } }, 'health.interval'],
    [{ build: { header: 'a:b' } }, 'build.header'],
    [{ headers: 'etag' }, 'headers'],
    [{ headers: ['a b'] }, 'headers[0]'],
    [{ maxBody: 0 }, 'maxBody'],
    [{ maxBody: '1GiB' }, 'maxBody'],
    [{ maxBody: '65MiB' }, 'maxBody'],
    [{ routes: [] }, 'routes'],
    [{ routes: { 'GET /x': null } }, 'routes["GET /x"]'],
    [{ routes: { 'GET /x': { effects: 'recorded' } } }, 'routes["GET /x"].effects'],
    [{ routes: { 'GET /x': { sample: 2 } } }, 'routes["GET /x"].sample'],
    [{ routes: { 'GET /x': { timeout: 0 } } }, 'routes["GET /x"].timeout'],
    [{ routes: { 'GET /x': { critical: [] } } }, 'routes["GET /x"].critical'],
    [{ routes: { 'GET /x': { critical: 'yes' } } }, 'routes["GET /x"].critical'],
    [{ routes: { 'get /x': {} } }, 'routes["get /x"]'],
    [{ routes: { 'GET x': {} } }, 'routes["GET x"]'],
    [{ compare: {} }, 'compare'],
  ])('refuses %j at its place', (settings, at) => {
    expect(refused({ guard: { ...SIDES, ...settings } })).toEqual([`FW_CONFIG_VALUE guard.${at}`]);
  });

  it('reports each wrong rule at its own place, in the words of the comparator', () => {
    const compare = [
      { rule: 'ignroe', path: '$.a' },
      { rule: 'ignore', path: '$.a' },
      { rule: 'ignore', path: '$[' },
      { rule: 'tolerance', path: '$.a', abs: -1 },
      'ignore',
      { rule: 'ignore', path: '$', why: 1 },
    ];
    const found = problemsOf({ ...LEAST, guard: { ...SIDES, compare } });
    expect(found.map(({ code, path: at }) => `${code} ${at}`)).toEqual([
      'FW_RULE_UNKNOWN guard.compare[0]',
      'FW_PATH_SYNTAX guard.compare[2]',
      'FW_RULE_OPTION_INVALID guard.compare[3]',
      'FW_RULES_SHAPE guard.compare[4]',
      'FW_RULE_OPTION_UNKNOWN guard.compare[5]',
    ]);
    expect(found[0]?.message).toBe(
      'guard.compare[0] names the rule "ignroe", which does not exist. Did you mean "ignore"?',
    );
    for (const each of found) expect(each.message.startsWith(each.path)).toBe(true);
  });

  it('refuses a path of critical differences that does not parse', () => {
    const routes = { 'GET /x': { critical: ['$.total', 'total'] } };
    expect(refused({ guard: { ...SIDES, routes } })).toEqual([
      'FW_PATH_SYNTAX guard.routes["GET /x"].critical[1]',
    ]);
  });
});

describe('seams, cohorts, globs and events', () => {
  it('takes seams by name, where they depart from the policy', () => {
    const seams = { 'pricing.quote': { sample: 1 }, 'tax.rate': { timeout: '20ms' } } as const;
    expect(migration({ seams }).seams).toEqual({
      'pricing.quote': { sample: 1, timeoutMs: null },
      'tax.rate': { sample: null, timeoutMs: 20 },
    });
  });

  it('takes the keys of a cohort once each', () => {
    expect(migration({ cohorts: { internal: ['a', 'b', 'a'] } }).cohorts).toEqual({
      internal: ['a', 'b'],
    });
  });

  it('reads the keys of a list through the reader that it was given', () => {
    const { migrations } = parsed(
      { ...LEAST, cohorts: { internal: list('accounts/internal.txt') } },
      { readList: (file) => ({ keys: [`of ${file}`] }) },
    );
    expect(migrations[0]?.cohorts).toEqual({ internal: ['of accounts/internal.txt'] });
  });

  it('refuses lists where no file may be read', () => {
    expect(refused({ cohorts: { internal: list('a.txt') } })).toEqual([
      'FW_CONFIG_LIST cohorts.internal',
    ]);
  });

  it('never shows the key of a customer', () => {
    const [bad] = problemsOf({ ...LEAST, cohorts: { internal: ['account-4711\n'] } });
    expect(JSON.stringify(bad)).not.toContain('4711');
  });

  it.each([
    [{ seams: { 'a b': {} } }, 'seams["a b"]'],
    [{ seams: { a: 1 } }, 'seams.a'],
    [{ seams: { a: { sample: 2 } } }, 'seams.a.sample'],
    [{ cohorts: { In: ['a'] } }, 'cohorts.In'],
    [{ cohorts: { '1': ['a'] } }, 'cohorts["1"]'],
    [{ cohorts: { a: [] } }, 'cohorts.a'],
    [{ cohorts: { a: 'b' } }, 'cohorts.a'],
    [{ cohorts: { a: [''] } }, 'cohorts.a[0]'],
    [{ cohorts: { a: ['x'.repeat(257)] } }, 'cohorts.a[0]'],
    [{ cohorts: { a: { from: 'list' } } }, 'cohorts.a'],
    [{ legacyCode: ['/etc/**'] }, 'legacyCode[0]'],
    [{ legacyCode: ['../x'] }, 'legacyCode[0]'],
    [{ legacyCode: 'src/**' }, 'legacyCode'],
    [{ longTail: ['two\nlines'] }, 'longTail[0]'],
    [{ money: 'yes' }, 'money'],
    [{ store: 'both' }, 'store'],
    [{ name: 'Orders' }, 'name'],
    [{ name: '9lives' }, 'name'],
    [{ name: 'x'.repeat(64) }, 'name'],
    [{ owner: ' ' }, 'owner'],
    [{ deleteBy: '2027-02-30' }, 'deleteBy'],
    [{ deleteBy: '2027-3-1' }, 'deleteBy'],
    [{ deleteBy: '31.03.2027' }, 'deleteBy'],
    [{ deleteBy: new Date(0) }, 'deleteBy'],
    [{ deleteBy: 1_806_537_600_000 }, 'deleteBy'],
  ])('refuses %j at its place', (settings, at) => {
    expect(refused(settings)).toEqual([`FW_CONFIG_VALUE ${at}`]);
  });
});

describe('control', () => {
  it.each([
    ['state/x.db', { kind: 'sqlite', file: '/srv/app/state/x.db' }],
    ['/var/lib/x.db', { kind: 'sqlite', file: '/var/lib/x.db' }],
    ['postgres://u:p@db/falsework', { kind: 'postgres', url: 'postgres://u:p@db/falsework' }],
    ['postgresql:///falsework', { kind: 'postgres', url: 'postgresql:///falsework' }],
  ])('keeps its state in %s', (store, location) => {
    expect(parsed({ ...LEAST, control: { store } }).control.store).toEqual(location);
  });

  it.each([
    [{ host: '0.0.0.0', port: 9_000 }, 'http://127.0.0.1:9000'],
    [{ host: '::' }, 'http://[::1]:8070'],
    [{ host: 'fd00::7' }, 'http://[fd00::7]:8070'],
    [{ url: 'https://ops.example/falsework/' }, 'https://ops.example/falsework'],
  ])('is reached, with %j, at %s', (control, url) => {
    expect(parsed({ ...LEAST, control }).control.url).toBe(url);
  });

  it.each([
    [{ store: 'mysql://x' }, 'store'],
    [{ store: '' }, 'store'],
    [{ token: 'short' }, 'token'],
    [{ token: 'with blanks in between it' }, 'token'],
    [{ url: 'ws://x' }, 'url'],
    [{ url: 'http://u:p@x' }, 'url'],
    [{ port: -1 }, 'port'],
    [{ tokens: { ada: { role: 'admin', secret: env('ADA') } } }, 'tokens.ada.role'],
    [{ tokens: { ada: { role: 'viewer', secret: 'written-down-here' } } }, 'tokens.ada.secret'],
    [{ tokens: { ada: { role: 'viewer', secret: env('') } } }, 'tokens.ada.secret.name'],
    [{ tokens: { ada: { role: 'viewer' } } }, 'tokens.ada.secret'],
    [{ tokens: { ada: 'written-down-here' } }, 'tokens.ada'],
    [{ tokens: { ' ': { role: 'viewer', secret: env('ADA') } } }, 'tokens[" "]'],
  ])('refuses %j at its place', (control, at) => {
    expect(refused({ control })).toEqual([`FW_CONFIG_VALUE control.${at}`]);
  });

  it('knows of each token whose it is and where its secret is, and reads no secret', () => {
    const tokens = {
      ada: { role: 'operator', secret: env('ADA_TOKEN') },
      'wall display': { role: 'viewer', secret: file('secrets/wall') },
    };
    expect(parsed({ ...LEAST, control: { tokens } }).control.tokens).toEqual([
      { name: 'ada', role: 'operator', secret: { from: 'env', name: 'ADA_TOKEN' } },
      {
        name: 'wall display',
        role: 'viewer',
        secret: { from: 'file', file: '/srv/app/secrets/wall' },
      },
    ]);
  });

  it('never shows a secret that somebody wrote where its whereabouts belong', () => {
    for (const ada of ['hunter2', { role: 'viewer', secret: 'hunter2' }, { secret: ['hunter2'] }]) {
      const problems = JSON.stringify(problemsOf({ ...LEAST, control: { tokens: { ada } } }));
      expect(problems).toContain('control.tokens.ada');
      expect(problems).not.toContain('hunter2');
    }
  });
});

describe('cross-checks', () => {
  it('refuses a window in which one mismatch is above the limit already', () => {
    const policy = { mismatch: { rateMax: '0.001%' }, window: { comparisons: 99_999 } };
    const [problem] = problemsOf({ ...LEAST, policy });
    expect(problem).toMatchObject({ code: 'FW_CONFIG_WINDOW', path: 'policy.window.comparisons' });
    expect(problem?.message).toContain('at least 100,000');
    const long = { ...policy, window: { comparisons: 100_000 } };
    expect(parsed({ ...LEAST, policy: long }).migrations).toHaveLength(1);
  });

  it('asks the same of a stratum with its own limit', () => {
    const strata = [{ seam: 'a', rateMax: '0.001%', reason: 'stricter' }];
    expect(refused({ policy: { strata } })).toEqual(['FW_CONFIG_WINDOW policy.window.comparisons']);
  });

  it.each([
    [[1, 5], ['policy.ramp[1]']],
    [[5, 1, 100], ['policy.ramp[1]']],
    [[5, 5, 100], ['policy.ramp[1]']],
    [[100, 'internal'], ['policy.ramp[1]']],
    [['internal'], ['policy.ramp[0]']],
    [['internal', 'internal', 100], ['policy.ramp[1]']],
    [
      [100, 50],
      ['policy.ramp[1]', 'policy.ramp[1]'],
    ],
  ])('refuses the ramp %j', (ramp, at) => {
    const settings = { cohorts: { internal: ['a'] }, policy: { ramp } };
    expect(refused(settings)).toEqual(at.map((place) => `FW_CONFIG_RAMP ${place}`));
  });

  it('refuses a cohort that nobody declared, and names the nearest', () => {
    const cohorts = { internal: ['a'] };
    const [problem] = problemsOf({ ...LEAST, cohorts, policy: { ramp: ['interal', 100] } });
    expect(problem).toMatchObject({ code: 'FW_CONFIG_COHORT_UNKNOWN', path: 'policy.ramp[0]' });
    expect(problem?.expected).toContain('internal');
    expect(refused({ policy: { ramp: ['constructor', 100] } })).toEqual([
      'FW_CONFIG_COHORT_UNKNOWN policy.ramp[0]',
    ]);
  });

  it('refuses two rules for one stratum', () => {
    const rule = { seam: 'a', rateMax: 0.01, reason: 'x' };
    const strata = [rule, { ...rule, stratum: 'gold' }, { ...rule, rateMax: 0.02 }];
    expect(refused({ policy: { strata } })).toEqual(['FW_CONFIG_VALUE policy.strata[2]']);
  });

  it('refuses what money forbids, instead of dropping it silently', () => {
    const strata = [{ seam: 'a', rateMax: null, reason: 'rare' }];
    const policy = { strata, approvals: { turnover: 1, seal: 1, strike: 1 } };
    expect(refused({ money: true, policy })).toEqual([
      'FW_CONFIG_MONEY policy.strata[0].rateMax',
      'FW_CONFIG_MONEY policy.approvals.turnover',
      'FW_CONFIG_MONEY policy.approvals.seal',
    ]);
    expect(migration({ policy }).policy.strata).toEqual([{ ...strata[0], stratum: '' }]);
  });

  it.each([
    ['http://x', 'http://x'],
    ['http://x:80', 'http://X/'],
    ['http://localhost:9', 'http://127.0.0.1:9'],
    ['http://[::1]:9', 'http://127.1.2.3:9'],
  ])('refuses to compare %s with %s', (legacy, candidate) => {
    expect(refused({ guard: { legacy, candidate } })).toEqual([
      'FW_CONFIG_SIDES_EQUAL guard.candidate',
    ]);
  });

  it('tells ports and schemes apart', () => {
    const routes = { legacy: 'http://x:81', candidate: 'http://x:82' };
    expect(migration({ guard: routes }).guard?.candidate).toBe('http://x:82');
    expect(guard({ legacy: 'http://x', candidate: 'https://x' }).candidate).toBe('https://x');
  });

  it.each([
    [{ legacy: 'http://localhost:8000' }],
    [{ legacy: 'http://127.0.0.1:8000', host: '0.0.0.0' }],
    [{ legacy: 'http://[::1]:8000', host: '::' }],
    [{ legacy: 'http://edge:8000', host: 'edge' }],
    [{ legacy: 'http://localhost', port: 80 }],
  ])('refuses a guard that would call itself: %j', (settings) => {
    expect(refused({ guard: { ...SIDES, ...settings } })).toEqual(['FW_CONFIG_LOOP guard.legacy']);
  });

  it('lets a side stand on the port of the guard on another machine, and any on a free port', () => {
    expect(guard({ legacy: 'http://other:8000' }).port).toBe(8_000);
    expect(guard({ legacy: 'http://localhost:8000', port: 0 }).port).toBe(0);
  });

  it('refuses two routes for the same requests', () => {
    const routes = { 'GET /a/{id}': {}, 'GET /a/{name}': {}, 'PUT /a/{id}': {} };
    expect(refused({ guard: { ...SIDES, routes } })).toEqual([
      'FW_CONFIG_ROUTE guard.routes["GET /a/{name}"]',
    ]);
  });

  it('refuses a key or a stratum from a parameter that the path does not have', () => {
    const routes = { 'GET /a/{id}': { key: path('account'), stratum: path('{id}') } };
    expect(refused({ guard: { ...SIDES, routes } })).toEqual([
      'FW_CONFIG_ROUTE guard.routes["GET /a/{id}"].key',
    ]);
  });

  it('takes what a route says of its writes', () => {
    const route = {
      effects: 'follow',
      idempotent: true,
      outcomes: { 500: 'refused', '4xx': 'refused' },
      identifiers: { learn: { '$.id': 'order' }, body: { '$.lines[*].of': 'order' } },
    };
    const routes = { 'POST /a': route, 'GET /a/{id}': { identifiers: { path: { id: 'order' } } } };
    const { migrations } = parsed({ ...LEAST, store: 'separate', guard: { ...SIDES, routes } });
    expect(migrations[0]?.guard?.routes).toMatchObject([
      {
        writes: { isIdempotent: true, outcomes: { '500': 'refused', '4xx': 'refused' } },
        identifiers: { learn: { '$.id': 'order' }, path: {}, body: { '$.lines[*].of': 'order' } },
      },
      { identifiers: { learn: {}, path: { id: 'order' } } },
    ]);
  });

  it.each([
    [{ 'POST /a': { idempotent: true } }, 'POST /a', 'idempotent'],
    [{ 'POST /a': { effects: 'dry-run', outcomes: { 500: 'refused' } } }, 'POST /a', 'outcomes'],
    [{ 'POST /a': { effects: 'follow', outcomes: { 5: 'refused' } } }, 'POST /a', 'outcomes'],
    [{ 'POST /a': { effects: 'follow', shift: true } }, 'POST /a', 'shift'],
    [{ 'POST /a': { shift: true } }, 'POST /a', 'shift'],
    [{ 'GET /a': { shift: false } }, 'GET /a', 'shift'],
    [
      { 'POST /a': { effects: 'follow', identifiers: { learn: { '$..id': 'a' } } } },
      'POST /a',
      'identifiers.learn',
    ],
    [
      { 'POST /a': { effects: 'follow', identifiers: { learn: { '$[*].id': 'a' } } } },
      'POST /a',
      'identifiers.learn',
    ],
    [
      {
        'POST /a': { effects: 'follow', identifiers: { learn: { '$.id': 'order' } } },
        'GET /a/{id}': { identifiers: { path: { key: 'order' } } },
      },
      'GET /a/{id}',
      'identifiers.path',
    ],
    [{ 'GET /a': { identifiers: { query: { q: 'order' } } } }, 'GET /a', 'identifiers.query.q'],
  ])('refuses %j, which no journal could follow over two stores', (routes, route, at) => {
    const guard = { ...SIDES, routes };
    expect(refused({ store: 'separate', guard })).toEqual([
      `FW_CONFIG_ROUTE guard.routes["${route}"].${at}`,
    ]);
  });

  it('lets the writes of a route stay with legacy over a shared store', () => {
    const routes = { 'POST /a': { shift: false }, 'PUT /a': { shift: true } };
    const { migrations } = parsed({ ...LEAST, guard: { ...SIDES, routes } });
    expect(migrations[0]?.guard?.routes.map(({ canShift }) => canShift)).toEqual([false, true]);
  });

  it('refuses to feed a follower over a shared store', () => {
    const routes = { 'POST /a': { effects: 'follow' } };
    const at = 'guard.routes["POST /a"].effects';
    expect(refused({ guard: { ...SIDES, routes } })).toEqual([`FW_CONFIG_ROUTE ${at}`]);
    expect(
      parsed({ ...LEAST, store: 'separate', guard: { ...SIDES, routes } }).migrations,
    ).toHaveLength(1);
  });
});

describe('unknown keys', () => {
  it.each([
    [{ gaurd: {} }, 'gaurd', 'guard'],
    [{ dtaa: {} }, 'dtaa', 'data'],
    [{ guard: { ...SIDES, legcay: 1 } }, 'guard.legcay', 'legacy'],
    [{ policy: { burnin: '1d' } }, 'policy.burnin', 'burnIn'],
    [{ policy: { shadow: { timeoutMs: 5 } } }, 'policy.shadow.timeoutMs', 'timeout'],
    [{ seams: { a: { smaple: 1 } } }, 'seams.a.smaple', 'sample'],
    [{ control: { tokn: 'hunter2' } }, 'control.tokn', 'token'],
    [
      { guard: { ...SIDES, routes: { 'GET /': { efects: 'none' } } } },
      'guard.routes["GET /"].efects',
      'effects',
    ],
    [{ constructor: 1 }, 'constructor', null],
    [{ policy: { toString: 1 } }, 'policy.toString', null],
  ])('refuses %j and names the nearest known key', (settings, at, nearest) => {
    const [problem] = problemsOf({ ...LEAST, ...settings });
    expect(problem).toMatchObject({ code: 'FW_CONFIG_KEY_UNKNOWN', path: at });
    if (nearest === null) expect(problem?.expected).toMatch(/^one of /);
    else expect(problem?.expected.startsWith(`${nearest} (or `)).toBe(true);
    expect(problem?.message).not.toContain('hunter2');
  });
});

describe('several problems', () => {
  it('are reported together, those between settings included', () => {
    const value = {
      ...LEAST,
      name: 'Or ders',
      guard: { ...SIDES, candidate: SIDES.legacy },
      policy: { ramp: [1] },
      seams: { a: { smaple: 1 } },
      legacyCode: 5,
    };
    const codes = problemsOf(value).map(({ code }) => code);
    expect(codes.sort()).toEqual([
      'FW_CONFIG_KEY_UNKNOWN',
      'FW_CONFIG_RAMP',
      'FW_CONFIG_SIDES_EQUAL',
      'FW_CONFIG_VALUE',
      'FW_CONFIG_VALUE',
    ]);
  });

  it('make one message that names the file and every place', () => {
    const failing = () => parsed({ ...LEAST, money: 1, owner: 2 });
    expect(failing).toThrow(
      'falsework.config.yaml has 2 problems, so nothing was started:\n' +
        '  - owner is 2; expected the team or person who ends this migration: one line of 1 to 200' +
        ' characters.\n' +
        '  - money is 1; expected whether the migration moves money: true or false.',
    );
  });

  it('are counted when there are more than anybody reads', () => {
    const seams = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`s${i}`, 5]));
    const failing = () => parsed({ ...LEAST, seams });
    expect(failing).toThrow('has 30 problems');
    expect(failing).toThrow('and 10 more');
  });
});

describe('layers', () => {
  const value = { ...LEAST, guard: { ...SIDES, port: 1 }, control: { port: 2 } };

  it('lays variables over the file and flags over both', () => {
    const variables = { FALSEWORK_PORT: '11', FALSEWORK_CONTROL_PORT: '12' };
    const fromVariables = parsed(value, { env: variables });
    expect(fromVariables.migrations[0]?.guard?.port).toBe(11);
    expect(fromVariables.control.port).toBe(12);
    const fromFlags = parsed(value, { env: variables, flags: { guard: { port: 21 } } });
    expect(fromFlags.migrations[0]?.guard?.port).toBe(21);
    expect(fromFlags.control.port).toBe(12);
  });

  it('takes a flag that is undefined for one that was not given', () => {
    const flags = { guard: { port: undefined }, owner: undefined };
    expect(parsed(value, { flags }).migrations[0]?.guard?.port).toBe(1);
  });

  it('makes a whole migration of flags alone', () => {
    const flags = { ...LEAST, guard: SIDES };
    expect(parsed({}, { file: null, flags }).migrations[0]?.guard).toMatchObject(SIDES);
  });

  it('judges variables and flags like the file', () => {
    const [wrong] = problemsOf(value, { env: { FALSEWORK_PORT: '80a' } });
    expect(wrong?.message).toBe(
      'guard.port is "80a" (from FALSEWORK_PORT); expected a port from 0 to 65535.',
    );
    const flags = { gaurd: {} } as object;
    expect(refused({}, { flags })).toEqual(['FW_CONFIG_KEY_UNKNOWN gaurd']);
  });

  it('says once that a variable is missing, and nothing else of that setting', () => {
    expect(refused({ guard: { ...SIDES, legacy: env('NOWHERE') } })).toEqual([
      'FW_CONFIG_VARIABLE_MISSING guard.legacy',
    ]);
  });

  it('refuses env() where a setting is the same in every environment', () => {
    const settings = { policy: { burnIn: env('BURN_IN') } };
    expect(refused(settings, { env: { BURN_IN: '1d' } })).toEqual([
      'FW_CONFIG_VALUE policy.burnIn',
    ]);
  });

  it('never shows what a secret, or a variable of the user, holds', () => {
    const secret = 'hunter2-hunter2 hunter2';
    const settings = {
      guard: { ...SIDES, legacy: env('LEGACY_URL'), candidate: 'http://me:hunter2@x' },
      control: { token: secret, store: `mysql://${secret}` },
    };
    const context = { env: { LEGACY_URL: secret } };
    const all = JSON.stringify(problemsOf({ ...LEAST, ...settings }, context));
    expect(all).not.toContain('hunter2');
    expect(refused(settings, context)).toHaveLength(4);
    const byVariable = { FALSEWORK_TOKEN: 'hunter2', FALSEWORK_STORE: 'hunter2://' };
    expect(JSON.stringify(problemsOf(LEAST, { env: byVariable }))).not.toContain('hunter2');
  });

  it('tells of variables with our prefix that set nothing', () => {
    expect(parsed(LEAST, { env: { FALSEWORK_STOER: 'x' } }).ignoredVariables).toEqual([
      { variable: 'FALSEWORK_STOER', nearest: 'FALSEWORK_STORE' },
    ]);
  });
});

describe('several migrations in one file', () => {
  const other = { ...LEAST, name: 'cards' };

  it('are read from a list, or by name', () => {
    const names = (value: unknown) => parsed(value).migrations.map(({ name }) => name);
    expect(names([LEAST, other])).toEqual(['orders', 'cards']);
    const { name: _, ...nameless } = LEAST;
    expect(names({ orders: nameless, cards: nameless })).toEqual(['orders', 'cards']);
  });

  it('have their problems named from the root of the file', () => {
    const found = problemsOf([LEAST, { ...other, guard: { port: 'x' }, money: 1 }]);
    expect(found.map(({ path: at }) => at)).toContain('[1].guard.port');
    for (const { path: at, message } of found) expect(message.startsWith(at)).toBe(true);
    expect(problemsOf({ cards: { ...LEAST, owner: 5 } })[0]?.message).toMatch(/^cards\.owner is 5/);
  });

  it('must not share a name', () => {
    const found = problemsOf([LEAST, LEAST]).map(({ code, path: at }) => `${code} ${at}`);
    expect(found).toEqual(['FW_CONFIG_MIGRATIONS [1].name']);
  });

  it('share one control, which one of them may speak for', () => {
    const control = { port: 9_999 };
    expect(parsed([LEAST, { ...other, control }]).control.port).toBe(9_999);
    expect(
      parsed([
        { ...LEAST, control },
        { ...other, control },
      ]).control.port,
    ).toBe(9_999);
    const token = { FALSEWORK_TOKEN: 'a-token-of-16-or-more' };
    expect(parsed([LEAST, { ...other, control }], { env: token }).control.port).toBe(9_999);
    const differing = [
      { ...LEAST, control },
      { ...other, control: { port: 1 } },
    ];
    expect(problemsOf(differing).map(({ code, path: at }) => `${code} ${at}`)).toEqual([
      'FW_CONFIG_MIGRATIONS [1].control',
    ]);
  });
});
