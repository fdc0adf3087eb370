import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runIn } from './fake-context.ts';

const FOLDER = join(import.meta.dirname, '../../../docs/operating');

/** Every command line that a page of the runbooks asks somebody to type. */
function commandsIn(page: string): string[] {
  const text = readFileSync(join(FOLDER, page), 'utf8');
  const inline = [...text.matchAll(/`(falsework [^`]+)`/g)].map(([, command = '']) => command);
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, body = '']) =>
    body.split('\n').filter((line) => line.startsWith('falsework ')),
  );
  // With an ellipsis it stands for any of them.
  return [...new Set([...inline, ...blocks])].filter((command) => !command.includes('…'));
}

const named = readdirSync(FOLDER).flatMap((page) =>
  commandsIn(page).map((command) => ({ page, command })),
);

describe('what a runbook asks somebody to type at three in the morning', () => {
  it('is found here', () => {
    expect(named.length).toBeGreaterThan(20);
  });

  it.each(named)('$page: $command is a command with these options', async ({ command }) => {
    const [, ...said] = command.match(/"[^"]*"|\S+/g) ?? [];
    const options = said.filter((word) => word.startsWith('--'));
    const words = said.slice(0, said.findIndex((word) => word.startsWith('-')) >>> 0);
    // As many words as there are commands; what follows is an argument, which takes a place.
    for (let depth = Math.min(2, words.length); depth > 0; depth -= 1) {
      const path = words.slice(0, depth);
      const { out, exit } = await runIn({}, ...path, '--help');
      const usage = /^Usage: (.*)$/m.exec(out)?.[1] ?? '';
      if (exit !== 0 || !usage.startsWith(`falsework ${path.join(' ')} `)) continue;
      const places = usage.match(/[<[](?!options|command)\w+[>\]]/g) ?? [];
      expect(words.length - depth, usage).toBeLessThanOrEqual(places.length);
      for (const option of options) expect(out).toContain(option);
      return;
    }
    expect.unreachable(`there is no such command: ${command}`);
  });
});
