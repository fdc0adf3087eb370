import { readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { getuid } from 'node:process';

/** An account of this machine that is not root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const OTHERS_MAY_PASS = 0o001;

/**
 * The account that the server runs under; `null` for our own. PostgreSQL refuses to run as root,
 * and it wants an account that exists. Where there is no `postgres`, `nobody` will do: nothing is
 * added to the machine for a test.
 */
export function serverAccount(): Account | null {
  if (getuid?.() !== 0) return null;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL cannot run as root, and there is no account postgres or nobody.');
}

/** True when an account that owns nothing on the way can get to the path. */
export function isReachable(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & OTHERS_MAY_PASS) === 0) return false;
    if (dirname(at) === at) return true;
  }
}

/**
 * A folder for temporary files that the account can reach: TMPDIR may lie under a home that is
 * closed to others.
 */
export function reachableTemp(account: Account | null): string {
  if (account === null) return tmpdir();
  const found = [tmpdir(), '/tmp', '/var/tmp'].find(isReachable);
  if (found === undefined) throw new Error('No temporary folder is open to other accounts.');
  return found;
}
