import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jsonService } from '../test/fixtures.ts';

const root = new URL('..', import.meta.url);

/** The first block of the README in this language. */
function blockOf(language: string): string {
  const readme = readFileSync(new URL('README.md', root), 'utf8');
  const block = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  if (block === undefined) throw new Error(`The README has no block of ${language}.`);
  return block;
}

/** What differs from run to run: times, and the salted ids of causes. */
const steady = (text: string): string =>
  text.replace(/\d+(?:\.\d+)? → \d+(?:\.\d+)? ms/g, 'x → y ms').replace(/#[0-9a-f]{4}/g, '#cafe');

describe('the example of the README', () => {
  it('runs as it stands, and prints what the README says', async () => {
    const order = (total: (id: number) => number) =>
      jsonService((path) => ({ total: total(Number(path.split('/')[2])) }));
    const legacy = await order(() => 12.5);
    const candidate = await order((id) => (id % 10 === 0 ? 12 : 12.5));
    const program = blockOf('ts')
      .replace("'@falsework/guard'", JSON.stringify(new URL('main.ts', import.meta.url).href))
      .replace('http://127.0.0.1:8080', legacy.origin)
      .replace('http://127.0.0.1:8081', candidate.origin)
      .replace('port: 8000', 'port: 0');
    const args = ['--conditions=falsework-source', '--input-type=module', '--eval', program];
    const child = spawn(process.execPath, args, { timeout: 20_000 });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += String(chunk);
    });
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, output: steady(output) }).toEqual({ code: 0, output: steady(blockOf('text')) });
  });
});
