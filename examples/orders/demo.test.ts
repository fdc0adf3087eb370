import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BROWSER_MISSING, SCREENS, type Screen, startBrowser } from '../../e2e/support/browser.ts';
import { CONSOLE_LINK, type DemoSeen, followDemo } from '../../e2e/support/follow-demo.ts';

const [SCREEN] = SCREENS as [Screen];

if (BROWSER_MISSING !== null) console.warn(`the demo is not watched: ${BROWSER_MISSING}`);

interface Summary {
  readonly [name: string]: unknown;
  readonly comparisons: number;
  readonly observationsToRollback: number;
  readonly seconds: number;
}

/** Everything that a browser sees of it; `null` where there is none to look with. */
async function watched(link: string): Promise<DemoSeen | null> {
  if (BROWSER_MISSING !== null) return null;
  const browser = await startBrowser();
  try {
    return await followDemo(browser, { link, screen: SCREEN });
  } finally {
    await browser.close();
  }
}

describe('the demo', () => {
  it('walks from the first comparison to the strike, no caller notices, and a browser sees it live', async () => {
    const args = [join(import.meta.dirname, 'main.ts'), '--headless', '--json'];
    const demo = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    const linked = Promise.withResolvers<string>();
    demo.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    demo.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      const [, link] = CONSOLE_LINK.exec(stderr) ?? [];
      if (link !== undefined) linked.resolve(link);
    });
    const ended = once(demo, 'close') as Promise<[number | null]>;
    const closed = ended.then(() => linked.reject(new Error(`It named no console: ${stderr}`)));
    // What a browser did not see is an answer, too; it must not end the test before the demo ends.
    const seeing = linked.promise.then(watched).catch((error: unknown) => ({ error }));
    const [exit] = await ended;
    await closed;
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
    const seen = await seeing;
    if (seen === null) return;
    expect(seen).toMatchObject({ shares: [1, 25, 100], stage: 'strike', complaints: [] });
    expect((seen as DemoSeen).causes).toEqual(
      expect.arrayContaining(['$.coupon', '$.lines[*].tax', '$.deliverBy']),
    );
    expect((seen as DemoSeen).retreat).toContain('retreated from 25 % to legacy');
  });
});
