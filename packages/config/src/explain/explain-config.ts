import type { Layer, Layers } from '../layers/layers.ts';
import type { LoadedConfig } from '../parse-config.ts';
import { pathText } from '../problems.ts';
import { controlRows, migrationRows, type Row } from './rows.ts';

/** One setting in force, and where it came from. */
export interface ExplainedSetting {
  /** The migration; `null` for control, which is one for all of them. */
  readonly migration: string | null;
  /** `policy.shadow.timeout` */
  readonly path: string;
  /** As it could be written; a secret is `(set)`. */
  readonly value: string;
  readonly source: Layer;
  /** The file or the variable; `null` for defaults and flags. */
  readonly from: string | null;
}

/**
 * Every setting in force with its source: default, file, variable or flag. Secrets are `(set)`. The
 * order is that of the configuration.
 *
 * ```ts
 * for (const { path, value, source } of explainConfig(config)) console.log(path, value, source);
 * ```
 */
export function explainConfig(config: LoadedConfig): readonly ExplainedSetting[] {
  const ofMigrations = config.migrations.flatMap((migration) =>
    explained(migration.name, migrationRows(migration), config.layers.get(migration.name)),
  );
  const ofControl = controlRows(config.control);
  return [...ofMigrations, ...explained(null, ofControl, config.layers.get(config.controlledBy))];
}

function explained(
  migration: string | null,
  rows: readonly Row[],
  layers: Layers | undefined,
): ExplainedSetting[] {
  if (layers === undefined) return [];
  return rows.map(({ at, value, elseAt }) => {
    const own = layers.originOf(at);
    const { layer, from } =
      own.layer === 'default' && elseAt !== undefined ? layers.originOf(elseAt) : own;
    return { migration, path: pathText(at), value, source: layer, from };
  });
}
