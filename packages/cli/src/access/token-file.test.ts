import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureToken, readToken, tokenFile } from './token-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'falsework-token-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the token of this machine', () => {
  it('is made once, and found again', () => {
    const file = tokenFile(join(folder, '.falsework'));
    expect(readToken(file)).toBeNull();
    const token = ensureToken(file);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(ensureToken(file)).toBe(token);
    expect(readToken(file)).toBe(token);
  });

  it('is readable by its owner only, and so is its folder', () => {
    const file = tokenFile(join(folder, '.falsework'));
    ensureToken(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, '.falsework')).mode & 0o777).toBe(0o700);
  });

  it('is no token when the file is empty', () => {
    const file = tokenFile(folder);
    writeFileSync(file, ' \n');
    expect(readToken(file)).toBeNull();
  });

  it('that cannot be read is an error, and never taken for none', () => {
    expect(() => readToken(folder)).toThrow(/EISDIR/);
  });
});
