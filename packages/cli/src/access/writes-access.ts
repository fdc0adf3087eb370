import { resolve } from 'node:path';
import { loadConfig, type Migration } from '@falsework/config';
import { fault } from '@falsework/core/errors';
import type { Context } from '../context.ts';

/** Options that every command takes that speaks to the guard of a journal. */
export interface WritesOptions {
  readonly config?: string;
  readonly migration?: string;
  readonly folder?: string;
  readonly json?: boolean;
}

/** The folder of the journal that is meant: the one that is named, or that of the configuration. */
export async function writesFolder(
  { cwd, env }: Context,
  { config, migration, folder }: WritesOptions,
): Promise<string> {
  if (folder !== undefined) return resolve(cwd, folder);
  const file = config === undefined ? {} : { file: config };
  const { migrations } = await loadConfig({ cwd, env, ...file });
  const { name, guard } = chooseConfigured(migrations, migration);
  if (!guard) throw fault('FW_GUARD_NOT_CONFIGURED', { migration: name });
  return guard.writes.folder;
}

/** The configured migration of this name, or the only one there is. */
export function chooseConfigured(
  migrations: readonly Migration[],
  wanted: string | undefined,
): Migration {
  const known = migrations.map((migration) => migration.name).join(', ');
  const [only, ...others] = migrations;
  if (wanted === undefined && only && others.length === 0) return only;
  if (wanted === undefined) throw fault('FW_MIGRATION_UNNAMED', { known });
  const found = migrations.find((migration) => migration.name === wanted);
  if (!found) throw fault('FW_MIGRATION_UNKNOWN', { migration: wanted, known });
  return found;
}
