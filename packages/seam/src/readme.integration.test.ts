import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../', import.meta.url);

/** The first block of the README in this language. */
function firstBlock(language: string): string {
  const readme = readFileSync(new URL('README.md', root), 'utf8');
  const block = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(readme)?.[1];
  if (block === undefined) throw new Error(`The README has no block of ${language}.`);
  return block;
}

/** Times of day and durations differ from run to run. */
const withoutTimes = (text: string): string =>
  text.replace(/first \d\d:\d\d/, 'first hh:mm').replace(/\d+(\.\d)?(?= ms| \/|\))/g, 'n');

describe('the example of the README', () => {
  it('runs as it stands, and prints what is shown', () => {
    const flags = ['--conditions=falsework-source', '--no-warnings'];
    const input = ['--input-type=module-typescript', '--eval', firstBlock('ts')];
    const shown = execFileSync(process.execPath, [...flags, ...input], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(withoutTimes(shown)).toBe(withoutTimes(firstBlock('text')));
  });
});
