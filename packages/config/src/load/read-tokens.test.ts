import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { env, file } from '../references.ts';
import type { TokenSettings } from '../settings.ts';
import { readTokens } from './read-tokens.ts';

const SECRET = 'ada-secret-of-16-characters';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'falsework-tokens-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const viewer = (name: string, secret: TokenSettings['secret']): TokenSettings => {
  return { name, role: 'viewer', secret };
};
const written = (text: string): TokenSettings['secret'] => {
  const path = join(folder, 'token');
  writeFileSync(path, text);
  return file(path);
};
const refusal = (settings: readonly TokenSettings[], variables = {}): string => {
  try {
    readTokens(settings, variables);
  } catch (error) {
    expect(error).toMatchObject({ code: 'FW_TOKEN_UNREADABLE', exitCode: 2 });
    return (error as Error).message;
  }
  throw new Error('It was not refused.');
};

describe('the tokens of control', () => {
  it('are read from variables and files; the end of a line is no part of one', () => {
    const settings = [
      { name: 'ada', role: 'operator', secret: env('ADA_TOKEN') } as const,
      viewer('wall display', written(`${SECRET}-on-the-wall\n`)),
    ];
    expect(readTokens(settings, { ADA_TOKEN: SECRET })).toEqual([
      { name: 'ada', role: 'operator', secret: SECRET },
      { name: 'wall display', role: 'viewer', secret: `${SECRET}-on-the-wall` },
    ]);
  });

  it.each([
    { title: 'a variable that is not set', variables: {}, because: /ADA_TOKEN is not set/ },
    { title: 'one that is empty', variables: { ADA_TOKEN: '' }, because: /ADA_TOKEN is not set/ },
    { title: 'one that is short', variables: { ADA_TOKEN: 'hunter2' }, because: /at least 16/ },
    { title: 'blanks in it', variables: { ADA_TOKEN: 'hunter2 hunter2 x' }, because: /blanks/ },
  ])('are refused with $title, and what it holds is not said', ({ variables, because }) => {
    const message = refusal([viewer('ada', env('ADA_TOKEN'))], variables);
    expect(message).toMatch(because);
    expect(message).toContain('The token of ada');
    expect(message).not.toContain('hunter2');
  });

  it('are refused where a file is missing, or holds something else', () => {
    expect(refusal([viewer('ada', file(join(folder, 'none')))])).toMatch(/does not exist/);
    expect(refusal([viewer('ada', written('hunter2\nhunter2hunter2hunter2'))])).toMatch(
      /token does/,
    );
    expect(refusal([viewer('ada', written('x'.repeat(10_000)))])).toMatch(/larger than/);
  });

  it('are refused when two have one secret: one person would approve twice', () => {
    const settings = [viewer('ada', env('ONE')), viewer('grace', env('TWO'))];
    const message = refusal(settings, { ONE: SECRET, TWO: SECRET });
    expect(message).toMatch(/The token of grace .* the same as that of ada/);
    expect(message).not.toContain(SECRET);
  });
});
