import { dirname, resolve } from 'node:path';
import { AdminClient } from '@falsework/client';
import { type MigrationStatus, ROUTES } from '@falsework/client/contract';
import { type ControlSettings, loadConfig, parseConfig } from '@falsework/config';
import { fault, isFalseworkError } from '@falsework/core/errors';
import type { Context } from '../context.ts';
import { readToken, tokenFile } from './token-file.ts';

/** Options that every command which asks control takes. */
export interface AccessOptions {
  readonly control?: string;
  readonly config?: string;
  readonly migration?: string;
}

/** The folder of embedded state, where a token of this machine may be. */
export function stateFolder(settings: ControlSettings, cwd: string): string {
  return settings.store.kind === 'sqlite'
    ? dirname(resolve(cwd, settings.store.file))
    : resolve(cwd, '.falsework');
}

/**
 * A client for control: address and token from flags, variables, the configuration, or what `up`
 * left here.
 */
export async function openControl(context: Context, options: AccessOptions): Promise<AdminClient> {
  const settings = await controlSettings(context, options);
  const token = settings.token ?? readToken(tokenFile(stateFolder(settings, context.cwd)));
  return new AdminClient({ url: settings.url, token });
}

async function controlSettings(context: Context, options: AccessOptions): Promise<ControlSettings> {
  const { cwd, env } = context;
  const flags = options.control === undefined ? {} : { control: { url: options.control } };
  try {
    const file = options.config === undefined ? {} : { file: options.config };
    return (await loadConfig({ cwd, env, flags, ...file })).control;
  } catch (error) {
    // Without a configuration here, control may still be where it is by default, or where a flag
    // says.
    const isMissing = isFalseworkError(error) && error.code === 'FW_CONFIG_NOT_FOUND';
    if (!isMissing || options.config !== undefined) throw error;
    return parseConfig({}, { file: null, directory: cwd, env, flags }).control;
  }
}

/** The migration that is meant: the one that is named, or the only one there is. */
export async function chooseMigration(
  client: AdminClient,
  options: AccessOptions,
): Promise<MigrationStatus> {
  const { migrations } = await client.call(ROUTES.migrations, { params: {}, query: {}, body: {} });
  const known = migrations.map((migration) => migration.name).join(', ') || 'none';
  const wanted = options.migration;
  const found =
    wanted === undefined && migrations.length === 1
      ? migrations[0]
      : migrations.find((migration) => migration.name === wanted);
  if (found) return found;
  if (wanted === undefined) throw fault('FW_MIGRATION_UNNAMED', { known });
  throw fault('FW_MIGRATION_UNKNOWN', { migration: wanted, known });
}
