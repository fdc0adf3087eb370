import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const file = new URL('../../../docs/guides/seam.md', import.meta.url);
const guide = readFileSync(file, 'utf8');

interface Example {
  readonly under: string;
  readonly program: string;
  readonly shown: string;
}

/** Every program of the guide, with the heading that it stands under and what it is to print. */
const examples: readonly Example[] = Array.from(
  guide.matchAll(/^```ts\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm),
  ({ 1: program = '', 2: shown = '', index }) => {
    const headings = guide.slice(0, index).match(/^#+ .*$/gm);
    return { under: headings?.at(-1) ?? '', program, shown };
  },
);

describe('the guide to the seam', () => {
  it('shows what each of its programs prints', () => {
    expect(examples.length).toBeGreaterThanOrEqual(5);
    expect(guide.match(/^```ts$/gm)).toHaveLength(examples.length);
  });

  it.each(examples)('prints what it says: $under', ({ program, shown }) => {
    const flags = ['--conditions=falsework-source', '--no-warnings'];
    const input = ['--input-type=module-typescript', '--eval', program];
    const cwd = new URL('..', import.meta.url);
    const printed = execFileSync(process.execPath, [...flags, ...input], { cwd, encoding: 'utf8' });
    if (process.env.UPDATE_GUIDE === '1') {
      const text = readFileSync(file, 'utf8');
      writeFileSync(
        file,
        text.replace(
          `${program}\`\`\`\n\n\`\`\`text\n${shown}`,
          () => `${program}\`\`\`\n\n\`\`\`text\n${printed}`,
        ),
      );
      return;
    }
    expect(printed).toBe(shown);
  });
});
