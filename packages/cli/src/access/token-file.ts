import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const TOKEN_BYTES = 32;

/** Where `falsework up` leaves its token: beside its state, readable by its owner only. */
export function tokenFile(stateFolder: string): string {
  return join(stateFolder, 'token');
}

/** The token in a file; `null` when there is no such file. */
export function readToken(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim() || null;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw error;
  }
}

/** The token in the file, made first where there is none. */
export function ensureToken(file: string): string {
  const known = readToken(file);
  if (known !== null) return known;
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return token;
}
