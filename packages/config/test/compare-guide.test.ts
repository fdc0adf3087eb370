import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../src/parse-config.ts';

const root = new URL('../../../', import.meta.url);
const file = new URL('docs/guides/compare.md', root);
const guide = readFileSync(file, 'utf8');
// From a package that may import all others: the same resolution that a user's own code has.
const cwd = fileURLToPath(new URL('packages/cli/', root));

interface Block {
  readonly language: string;
  readonly text: string;
  /** The heading that it stands under. */
  readonly under: string;
}

const blocks: readonly Block[] = Array.from(
  guide.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm),
  ({ 1: language = '', 2: text = '', index }) => {
    const under =
      guide
        .slice(0, index)
        .match(/^#+ .*$/gm)
        ?.at(-1) ?? '';
    return { language, text, under };
  },
);
const of = (language: string): Block[] => blocks.filter((block) => block.language === language);

function node(...args: string[]): string {
  const flags = ['--conditions=falsework-source', '--no-warnings'];
  return execFileSync(process.execPath, [...flags, ...args], { cwd, encoding: 'utf8' });
}

describe('the guide to comparing', () => {
  it('has an example under each heading that promises one', () => {
    expect(of('ts').length).toBeGreaterThanOrEqual(6);
    expect(of('text')).toHaveLength(of('ts').length);
  });

  it.each(of('ts').map((block, i) => [block.under, block, of('text')[i]] as const))(
    'shows what its example prints: %s',
    (_, { text }, expected) => {
      const shown = node('--input-type=module-typescript', '--eval', text);
      if (process.env.UPDATE_GUIDE === '1') return update(expected, shown);
      expect(shown).toBe(expected?.text);
    },
  );

  it('has a configuration that loads', () => {
    const [yaml] = of('yaml');
    const value: unknown = parse(yaml?.text ?? '');
    const loaded = parseConfig(value, {
      file: 'falsework.config.yaml',
      directory: '/srv',
      env: {},
    });
    const [route] = loaded.migrations[0]?.guard?.routes ?? [];
    expect(route?.compare).toHaveLength(4);
    expect(route?.redact).toEqual(['$.customer.name', 'taxNumber', '$.lines[*].engraving']);
  });

  it.each(of('sh').flatMap(({ text }) => text.trim().split('\n')))(
    'names a command: %s',
    (line) => {
      const [program, ...words] = line.split(' ');
      const command = words.slice(0, 2).filter((word) => /^[a-z]+$/.test(word) && word !== 'a41f');
      const help = node('bin/falsework.js', ...command, '--help');
      expect(program).toBe('falsework');
      expect(help).toContain(`falsework ${command.join(' ')}`);
      for (const flag of line.match(/--[a-z]+/g) ?? []) expect(help).toContain(flag);
    },
  );
});

/** Writes what was printed into the guide: a person reads the change before it is kept. */
function update(block: Block | undefined, shown: string): void {
  const at = of('text').indexOf(block ?? { language: '', text: '', under: '' });
  let seen = -1;
  const now = readFileSync(file, 'utf8').replace(/^```text\n[\s\S]*?^```$/gm, (found) => {
    seen += 1;
    return seen === at ? `\`\`\`text\n${shown}\`\`\`` : found;
  });
  writeFileSync(file, now);
}
