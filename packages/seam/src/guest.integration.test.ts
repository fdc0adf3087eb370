import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const SEAM = new URL('./index.ts', import.meta.url).href;

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program in a process of its own, killed after ten seconds. */
function runProgram(body: string): Promise<Ended> {
  const program = `import { seam } from ${JSON.stringify(SEAM)};\n${body}`;
  const args = ['--conditions=falsework-source', '--input-type=module', '--eval', program];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { timeout: 10_000 });
    let output = '';
    const note = (chunk: Buffer): void => {
      output += String(chunk);
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

describe('a process with a seam in it', () => {
  it('ends by itself although shadows are queued, hang, and wait for a second look', async () => {
    const { code, output } = await runProgram(`
      const never = () => new Promise(() => {});
      const hanging = seam({ name: 'a', legacy: async () => 1, candidate: never, effects: 'none', timeoutMs: 3_600_000 });
      const differing = seam({ name: 'b', legacy: async () => 1, candidate: async () => 2, effects: 'none' });
      for (let i = 0; i < 100; i += 1) await Promise.all([hanging(), differing()]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      console.log('the program has ended');
    `);
    expect({ code, output }).toEqual({ code: 0, output: 'the program has ended\n' });
  });

  it('stays alive for shadows when somebody waits for them, and ends then', async () => {
    const { code, output } = await runProgram(`
      const fn = seam({ name: 'a', legacy: async () => 1, candidate: async () => 2, effects: 'none' });
      for (let i = 0; i < 20; i += 1) await fn();
      await fn.settled();
      console.log(fn.report().verdicts.mismatch);
    `);
    expect({ code, output }).toEqual({ code: 0, output: '20\n' });
  });

  it('runs its shadows although nothing else happens in it', async () => {
    const { code } = await runProgram(`
      setTimeout(() => process.exit(1), 9_000);
      const fn = seam({ name: 'a', legacy: () => 1, candidate: () => process.exit(7), effects: 'none' });
      fn();
    `);
    expect(code).toBe(7);
  });

  it('is not brought down by anything that a candidate throws, rejects with or returns', async () => {
    const { code, output } = await runProgram(`
      const late = [];
      const wrong = [
        () => { throw new Error('no'); },
        () => { throw undefined; },
        () => Promise.reject(new Error('no')),
        () => Promise.reject(),
        () => new Promise((_, reject) => late.push(reject)),
        () => new Promise(() => {}),
        () => ({ then() { throw new Error('no'); } }),
        () => ({ then(_, reject) { reject(1); reject(2); throw 3; } }),
        () => ({ get then() { throw new Error('no'); } }),
        () => new Proxy({}, { get() { throw new Error('no'); }, getPrototypeOf() { throw new Error('no'); } }),
        () => Object.create(null),
        (cart) => { cart.lines.length = 0; cart.self = cart; return cart; },
        function () { return this.self(); },
      ];
      let answers = 0;
      const seams = wrong.map((candidate, i) =>
        seam({ name: String(i), legacy: async (cart) => cart.lines.length, candidate, effects: 'none', timeoutMs: 20 }),
      );
      for (let i = 0; i < 10; i += 1) {
        for (const fn of seams) answers += await fn({ lines: [1] });
      }
      await Promise.all(seams.map((fn) => fn.settled()));
      for (const reject of late) reject(new Error('late'));
      await new Promise((resolve) => setTimeout(resolve, 20));
      console.log(answers, seams.reduce((sum, fn) => sum + fn.report().verdicts.match, 0));
    `);
    expect({ code, output }).toEqual({ code: 0, output: '130 0\n' });
  });

  it('is brought down as ever by a rejection of legacy that nobody handles on a call that is not sampled', async () => {
    const { code, output } = await runProgram(`
      const fn = seam({ name: 'a', legacy: () => Promise.reject(new Error('ours')), candidate: async () => 1, effects: 'none', sample: 0 });
      fn();
    `);
    expect(code).toBe(1);
    expect(output).toContain('ours');
  });
});
