import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { emptyFolder } from '../../test/journal-fixtures.ts';

const guide = readFileSync(new URL('../../../../docs/guides/writes.md', import.meta.url), 'utf8');

/** The first block of the guide in this language. */
function blockOf(language: string): string {
  const block = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(guide)?.[1];
  if (block === undefined) throw new Error(`The guide has no block of ${language}.`);
  return block;
}

describe('the program of the guide to writes', () => {
  it('runs as it stands, and prints what the guide says', async () => {
    const entry = new URL('index.ts', import.meta.url).href;
    const program = blockOf('ts')
      .replace("'@falsework/guard'", JSON.stringify(entry))
      .replace("'journal-'", JSON.stringify(`${emptyFolder()}/journal-`));
    const args = [
      '--conditions=falsework-source',
      '--no-warnings',
      '--input-type=module-typescript',
      '--eval',
      program,
    ];
    const child = spawn(process.execPath, args, { timeout: 20_000 });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += String(chunk);
      });
    }
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, output }).toEqual({ code: 0, output: blockOf('text') });
  });
});
