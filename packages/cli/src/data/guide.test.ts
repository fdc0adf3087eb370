import { readFileSync } from 'node:fs';
import { parseConfig } from '@falsework/config';
import { CATALOGUE } from '@falsework/core/errors';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runIn } from '../../test/fake-context.ts';

const page = (name: string): string =>
  readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8');
const PAGES = ['guides/data.md', 'operating/rollback.md'];
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, block]) => block ?? '',
  );

describe('the guide to two stores', () => {
  it('shows a configuration that is valid as it stands', () => {
    const [written = ''] = blocks(page('guides/data.md'), 'yaml');
    const env = { LEGACY_DB: 'postgres://v1/ledger', LEDGER_DB: 'postgres://v2/ledger' };
    const context = { file: 'falsework.config.yaml', directory: '/srv', env };
    const [migration] = parseConfig(parse(written), context).migrations;
    expect(migration?.data).toMatchObject({ workflows: 'none', capture: 'trigger' });
    expect(Object.keys(migration?.data?.invariants ?? {})).toEqual(['total']);
  });

  it('shows how a guard asks both stores, in settings that go with the first ones', () => {
    const [first = '', second = ''] = blocks(page('guides/data.md'), 'yaml');
    const [all, more] = [parse(first), parse(second)];
    const whole = { ...all, ...more, data: { ...all.data, ...more.data } };
    const env = { LEGACY_DB: 'postgres://v1/ledger', LEDGER_DB: 'postgres://v2/ledger' };
    const context = { file: 'falsework.config.yaml', directory: '/srv', env };
    const [migration] = parseConfig(whole, context).migrations;
    expect(migration?.guard?.key).toEqual({ from: 'header', name: 'x-account-id' });
    expect(migration?.data?.reads).toEqual({
      keys: { accounts: 'id' },
      keysBack: { ledger_accounts: 'account_id' },
    });
  });

  it.each(PAGES)('%s names only commands and options that there are', async (name) => {
    const lines = blocks(page(name), 'sh')
      .join('\n')
      .split('\n')
      .filter((line) => line !== '');
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const [, , verb = ''] = line.split(' ');
      const help = await runIn({}, 'data', verb, '--help');
      expect(help.exit, line).toBe(0);
      for (const option of line.match(/--[a-z-]+/g) ?? []) expect(help.out, line).toContain(option);
    }
  });

  it.each(PAGES)('%s names only errors and limits that there are', (name) => {
    const codes = page(name).match(/FW_[A-Z_]+/g) ?? [];
    for (const code of codes) expect(Object.keys(CATALOGUE)).toContain(code);
  });
});
