import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;

// Within the package, so that its own name is found, and where nobody looks for tests or sources.
beforeAll(async () => {
  await mkdir(join(root, 'dist'), { recursive: true });
  folder = await mkdtemp(join(root, 'dist', 'failing-'));
});
afterAll(() => rm(folder, { recursive: true }));

const suite = (runner: string): string => `
  import { afterEach, test } from '${runner}';
  import { seam } from '@falsework/seam';
  import { failOnMismatch } from '@falsework/seam/testing';

  const quote = seam({
    name: 'quote',
    legacy: async (qty: number) => ({ total: Math.round(qty * 12.5) }),
    candidate: async (qty: number) => ({ total: Math.floor(qty * 12.5) }),
    effects: 'none',
  });
  afterEach(failOnMismatch);
  test('even', async () => void (await quote(2)));
  test('odd', async () => void (await quote(1)));
`;

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

async function run(file: string, source: string, args: readonly string[]): Promise<Ended> {
  const path = join(folder, file);
  await writeFile(path, source);
  // A runner within a runner must not take itself for a part of it.
  const env = { ...process.env, NO_COLOR: '1', VITEST: undefined, NODE_TEST_CONTEXT: undefined };
  const child = spawn(process.execPath, [...args, path], { cwd: folder, env, timeout: 50_000 });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += String(chunk);
    });
  }
  const code = await new Promise<number | null>((resolve) => void child.on('close', resolve));
  return { code, output };
}

describe('failOnMismatch as a hook', () => {
  it('fails the test of node:test that differs, with both sides', async () => {
    const args = ['--conditions=falsework-source', '--test', '--test-reporter=spec'];
    const { code, output } = await run('node.test.ts', suite('node:test'), args);
    expect(output).toMatch(/✔ even/);
    expect(output).toMatch(/✖ odd/);
    expect(output).toMatch(/- legacy {5}13\n\s+\+ candidate {2}12/);
    expect(code).toBe(1);
  });

  it('fails the test of Vitest that differs, with a diff', async () => {
    const manifest = createRequire(import.meta.url).resolve('vitest/package.json');
    const vitest = join(dirname(manifest), 'vitest.mjs');
    const config = join(folder, 'vitest.config.mjs');
    const conditions = ['falsework-source', 'node'];
    await writeFile(
      config,
      `export default ${JSON.stringify({ resolve: { conditions }, ssr: { resolve: { conditions } } })};`,
    );
    const args = [vitest, 'run', '--root', folder, '--config', config];
    const { code, output } = await run('vitest.test.ts', suite('vitest'), args);
    expect(output).toMatch(/1 failed \| 1 passed/);
    expect(output).toMatch(/quote: 1 of 1 call differ/);
    expect(output).toMatch(/-\s+"\$\.total": "13"[\s\S]*\+\s+"\$\.total": "12"/);
    expect(code).toBe(1);
  });
});
