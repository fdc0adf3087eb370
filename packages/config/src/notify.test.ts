import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOTICE_KINDS } from '@falsework/core/policy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { env, explainConfig, file, type NotifyConfig, parseConfig, readNotify } from './index.ts';

const SECRET = 'https://hooks.slack.com/services/T0/B0/hunter2';
const LEAST = { name: 'orders', owner: 'checkout', deleteBy: '2027-03-31' };

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'falsework-notify-'));
  writeFileSync(join(directory, 'slack'), `${SECRET}\n`);
  writeFileSync(join(directory, 'lines'), 'one\ntwo');
});
afterAll(() => rmSync(directory, { recursive: true }));

const parsed = (...notify: readonly NotifyConfig[]) =>
  parseConfig({ ...LEAST, notify }, { file: null, directory, env: {} });
const settingsOf = (...notify: readonly NotifyConfig[]) =>
  parsed(...notify).migrations[0]?.notify ?? [];
const problemsOf = (notify: unknown): readonly string[] => {
  try {
    parseConfig({ ...LEAST, notify }, { file: null, directory, env: {} });
    return [];
  } catch (error) {
    const { facts } = error as { facts: { problems: { message: string }[] } };
    return facts.problems.map(({ message }) => message);
  }
};

describe('notify', () => {
  it('tells of everything unless it says of what; Alertmanager is not told of decisions', () => {
    const [webhook, alerts, few] = settingsOf(
      { webhook: 'http://there/hook' },
      { alertmanager: 'http://am:9093' },
      { webhook: 'http://there/hook', on: ['retreat'] },
    );
    expect(webhook?.on).toEqual(NOTICE_KINDS);
    expect(alerts?.on).toEqual(NOTICE_KINDS.filter((kind) => kind !== 'decision'));
    expect(few?.on).toEqual(['retreat']);
  });

  it('reads its secrets when control starts, from variables and files', () => {
    const settings = settingsOf(
      { slack: file('slack') },
      {
        webhook: env('HOOK'),
        headers: { 'X-Key': env('KEY'), 'x-team': 'a' },
        token: env('TOKEN'),
      },
    );
    const read = readNotify(settings, { HOOK: 'http://there', KEY: 'k1', TOKEN: 't1' });
    expect(read).toMatchObject([
      { kind: 'slack', url: SECRET, headers: {} },
      {
        kind: 'webhook',
        url: 'http://there',
        headers: { 'x-key': 'k1', 'x-team': 'a', authorization: 'Bearer t1' },
      },
    ]);
  });

  it.each<[string, NotifyConfig, RegExp]>([
    ['a variable that is not set', { slack: env('NONE') }, /notify\[0\]\.slack .*NONE is not set/],
    ['a file that is not there', { slack: file('none') }, /cannot be read/],
    ['an address that is none', { webhook: env('WORD') }, /not an http or https URL/],
    [
      'two lines',
      { webhook: 'http://a', token: file('lines') },
      /notify\[0\]\.token .*not one line/,
    ],
  ])('refuses %s when control starts', (_, target, words) => {
    const read = () => readNotify(settingsOf(target), { WORD: 'hunter2' });
    expect(read).toThrow(words);
    expect(read).not.toThrow(/hunter2/);
  });

  it.each<[string, unknown, RegExp]>([
    ['two kinds at once', [{ webhook: 'http://a', alertmanager: 'http://b' }], /exactly one of/],
    ['none of them', [{ on: ['retreat'] }], /exactly one of/],
    [
      'a notice that there is not',
      [{ webhook: 'http://a', on: ['rain'] }],
      /"rain".*one of retreat/,
    ],
    [
      'the secret itself for Slack',
      [{ slack: SECRET }],
      /notify\[0\]\.slack is .*not shown.*env\(/,
    ],
    ['credentials in the address', [{ webhook: 'http://u:hunter2@a' }], /without credentials/],
    ['an unknown key', [{ webhok: 'http://a' }], /webhook/],
    ['no list', { webhook: 'http://a' }, /a list of targets/],
  ])('refuses %s, and shows no secret', (_, notify, words) => {
    const problems = problemsOf(notify);
    expect(problems.join('\n')).toMatch(words);
    expect(problems.join('\n')).not.toContain('hunter2');
  });

  it('is explained without its secrets', () => {
    const config = parsed(
      { slack: env('SLACK_URL'), on: ['retreat', 'overrun'] },
      { webhook: 'http://there/hunter2', headers: { 'x-key': 'hunter2' } },
    );
    const rows = explainConfig(config)
      .filter(({ path }) => path.startsWith('notify'))
      .map(({ path, value }) => `${path} = ${value}`);
    expect(rows).toEqual([
      'notify = slack, webhook',
      'notify[0].slack = (read from the variable SLACK_URL when control starts)',
      'notify[0].on = retreat, overrun',
      'notify[0].headers = (none)',
      'notify[1].webhook = (set)',
      'notify[1].on = (everything)',
      'notify[1].headers = x-key',
    ]);
  });
});
