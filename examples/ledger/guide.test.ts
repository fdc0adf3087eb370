import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runIn } from '../../packages/cli/test/fake-context.ts';
import config from './falsework.config.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const GUIDE = read('../../docs/guides/ledger.md');
const blocks = (language: string): string[] =>
  [...GUIDE.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, block]) => block ?? '',
  );
const commands = blocks('sh')
  .join('')
  .split('\n')
  .filter((line) => line.startsWith('falsework '));

describe('the guide to the ledger', () => {
  it('shows code that stands in the example as it is shown', () => {
    // Indented as the page is, not as the file.
    const packed = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
    const sources = ['mapping.ts', 'story/bank.ts'].map((path) => packed(read(path)));
    const shown = blocks('ts');
    expect(shown.length).toBe(2);
    for (const block of shown)
      expect(
        sources.some((source) => source.includes(packed(block))),
        block,
      ).toBe(true);
  });

  it.each(commands)('names a command that there is: %s', async (line) => {
    const words = line.split(' ').slice(1);
    const verbs = words.slice(0, words[0] === 'data' ? 2 : 1);
    const help = await runIn({}, ...verbs, '--help');
    expect(help.exit).toBe(0);
    for (const option of line.match(/--[a-z-]+/g) ?? []) expect(help.out).toContain(option);
  });

  it('says of the policy what the configuration says', () => {
    expect(config).toMatchObject({
      money: true,
      store: 'separate',
      policy: { ramp: ['internal', 1, 10, 100] },
    });
  });

  it('names files that there are', () => {
    const paths = GUIDE.match(/`(?:load|story)\/[a-z-]+\.ts`/g) ?? [];
    expect(paths.length).toBeGreaterThan(2);
    for (const path of paths) expect(read(path.replaceAll('`', ''))).not.toBe('');
  });
});
