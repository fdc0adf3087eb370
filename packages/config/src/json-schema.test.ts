import { Ajv, type ValidateFunction } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema } from './json-schema.ts';
import { ENVIRONMENT_SETTINGS } from './layers/variables.ts';
import { parseConfig } from './parse-config.ts';

const FULL = `
$schema: ./falsework.schema.json
name: ledger
owner: payments
deleteBy: 2027-03-31
money: true
store: separate
guard:
  legacy: { from: env, name: LEGACY_URL }
  candidate: http://ledger-v2
  port: 8001
  key: { from: header, name: x-account-id }
  health: { path: /healthz, interval: 1s }
  build: { header: x-build }
  routes:
    GET /accounts/{id}/balance:
      effects: none
      sample: 50%
      critical: [$.balance]
      compare: [{ rule: ignore, path: $.at }]
    POST /entries: { effects: follow, critical: true }
  compare: [{ rule: tolerance, path: $.tax, abs: 0.005 }]
  headers: [etag]
  maxBody: 64KiB
seams: { pricing.quote: { sample: 1 } }
cohorts: { internal: [a], beta: { from: list, file: beta.txt } }
policy:
  mismatch: { rateMax: 0.01% }
  ramp: [internal, 1, 100]
  burnIn: 31d
  automatic: [shadow]
  approvals: { seal: 2 }
  strata: [{ seam: GET /rare, rateMax: 1%, reason: rare }]
legacyCode: [src/legacy/**]
longTail: [month-end close]
notify:
  - { slack: { from: env, name: SLACK_URL }, on: [retreat, overrun] }
  - { alertmanager: http://alertmanager:9093, token: { from: file, file: /run/secrets/am } }
  - { webhook: https://there/hook?x=1, headers: { x-key: { from: env, name: KEY }, x-team: a } }
control: { store: { from: env, name: STATE }, token: { from: env, name: TOKEN } }
`;

const CONTEXT = {
  file: 'f',
  directory: '/',
  env: { LEGACY_URL: 'http://l', STATE: 'x.db', TOKEN: 'sixteen-or-more-characters' },
  readList: () => ({ keys: ['b'] }),
};

const validate: ValidateFunction = new Ajv({ strict: false }).compile(configJsonSchema());

describe('configJsonSchema', () => {
  it('takes a configuration that uses every section, as the parser does', () => {
    expect(parseConfig(parse(FULL), CONTEXT).migrations).toHaveLength(1);
    expect(validate(parse(FULL)), JSON.stringify(validate.errors)).toBe(true);
  });

  it('takes a list of migrations, and several by name without their names', () => {
    const { name: _, $schema: __, ...nameless } = parse(FULL) as Record<string, unknown>;
    expect(validate([parse(FULL), parse(FULL)])).toBe(true);
    expect(validate({ $schema: './s.json', ledger: nameless, cards: nameless })).toBe(true);
    expect(validate(nameless)).toBe(false);
    expect(validate([])).toBe(false);
  });

  it.each([
    ['an unknown key', 'guard.legcay', 'x'],
    ['a number for a name', 'name', 7],
    ['a stage that does not exist', 'policy.automatic', ['shfit']],
    ['an effect that a route cannot have', 'guard.routes', { 'GET /': { effects: 'recorded' } }],
    ['a rule that does not exist', 'guard.compare', [{ rule: 'ignroe', path: '$' }]],
    ['a reference with a typo', 'guard.legacy', { from: 'evn', name: 'X' }],
    ['a reference where none may stand', 'policy.burnIn', { from: 'env', name: 'X' }],
    ['a section of the wrong type', 'policy', []],
  ])('refuses %s, as the parser does', (_, at, value) => {
    const config = parse(FULL) as Record<string, unknown>;
    const keys = at.split('.');
    let node = config;
    for (const key of keys.slice(0, -1)) node = node[key] as Record<string, unknown>;
    node[keys.at(-1) ?? ''] = value;
    expect(validate(config)).toBe(false);
    expect(() => parseConfig(config, CONTEXT)).toThrow(`${keys[0]}`);
  });

  it('lets env() stand for exactly the settings that variables may set', () => {
    const { definitions } = configJsonSchema() as { definitions: { migration: object } };
    const found = JSON.stringify(definitions.migration).match(/"const":"env"/g) ?? [];
    // The rest are secrets of tokens and notices, which no FALSEWORK_ variable sets.
    expect(found).toHaveLength(ENVIRONMENT_SETTINGS.length + 6);
  });

  it('shows editors a default and a description where there is one', () => {
    const text = JSON.stringify(configJsonSchema());
    expect(text).toContain('"default":"1d"');
    expect(text).toContain('How long 100 % lasts at least');
    expect(text).toContain('http://json-schema.org/draft-07/schema#');
  });

  it('is made anew each time, so that a caller may change its copy', () => {
    expect(configJsonSchema()).toEqual(configJsonSchema());
    expect(configJsonSchema()).not.toBe(configJsonSchema());
  });
});
