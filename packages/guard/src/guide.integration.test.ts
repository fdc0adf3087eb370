import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { certificate } from '../test/certificates.ts';
import { atEnd, jsonService } from '../test/fixtures.ts';

const guide = readFileSync(new URL('../../../docs/guides/guard.md', import.meta.url), 'utf8');
const main = new URL('main.ts', import.meta.url).href;
const workers = new URL('workers/index.ts', import.meta.url).href;
const cli = fileURLToPath(new URL('../../cli/bin/falsework.js', import.meta.url));

/** The programs of the guide, each with what it says that it prints. */
const programs = [...guide.matchAll(/^```ts\n([\s\S]*?)^```\n+^```text\n([\s\S]*?)^```$/gm)].map(
  ([, program = '', printed = '']) => ({ program, printed }),
);

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'falsework-guide-'));
  atEnd(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Runs a program as it stands, but for where the services, the files and the package are. */
async function run(program: string): Promise<string> {
  const order = () => jsonService(() => ({ total: 12.5 }));
  const [legacy, candidate] = [await order(), await order()];
  const { cert, key } = await certificate();
  const cwd = folder();
  copyFileSync(cert, join(cwd, 'cert.pem'));
  copyFileSync(key, join(cwd, 'key.pem'));
  const placed = program
    .replace("'@falsework/guard'", JSON.stringify(main))
    .replace("'@falsework/guard/workers'", JSON.stringify(workers))
    .replace('http://127.0.0.1:8080', legacy.origin)
    .replace('http://127.0.0.1:8081', candidate.origin)
    .replace(/port: \d+/, 'port: 0');
  const flags = [
    '--conditions=falsework-source',
    '--no-warnings',
    '--input-type=module-typescript',
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--eval', placed], {
    cwd,
  });
  return stdout;
}

describe('the guide to the guard', () => {
  it('has its four programs', () => {
    expect(programs).toHaveLength(4);
    expect(guide.match(/^```ts$/gm)).toHaveLength(4);
  });

  it.each(programs)('program %# runs as it stands, and prints what is shown', async (each) => {
    expect(await run(each.program)).toBe(each.printed);
  });

  it('has a configuration that is one', async () => {
    const yaml = /^```yaml\n([\s\S]*?)^```$/m.exec(guide)?.[1] ?? '';
    const cwd = folder();
    writeFileSync(join(cwd, 'falsework.config.yaml'), yaml);
    const flags = ['--conditions=falsework-source', '--no-warnings', cli];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, 'check'], { cwd });
    expect(stdout).toContain('is valid');
  });

  it('names every limit with its default', () => {
    for (const row of ['head', 'body', 'headTimeout', 'bodyTimeout', 'idleTimeout']) {
      expect(guide).toMatch(new RegExp(`^\\| \`${row}\` +\\|`, 'm'));
    }
  });
});
