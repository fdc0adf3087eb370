import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Summary {
  readonly [name: string]: unknown;
  readonly comparisons: number;
  readonly observationsToRollback: number;
  readonly seconds: number;
}

describe('the demo', () => {
  it('walks from the first comparison to the strike, and no caller ever notices', async () => {
    const args = [join(import.meta.dirname, 'main.ts'), '--headless', '--json'];
    const demo = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    demo.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    demo.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const [exit] = (await once(demo, 'close')) as [number | null];
    expect(exit, stderr).toBe(0);
    const summary = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Summary;
    expect(summary, stderr).toMatchObject({
      stage: 'strike',
      signatures: 3,
      rollbacks: 1,
      answersChanged: 0,
      callerErrors: 0,
      logHolds: true,
    });
    expect(summary.comparisons).toBeGreaterThan(10_000);
    expect(summary.observationsToRollback).toBeGreaterThan(0);
    expect(summary.seconds).toBeLessThan(180);
  });
});
