import { type ConfigProblem, problem, type SettingPath, shown } from '../problems.ts';
import { isSettings, type Settings } from './tree.ts';

/** One migration of a file, and where in the file it stands. */
export interface RawMigration {
  readonly at: SettingPath;
  readonly settings: Settings;
}

/**
 * The migrations of a file: one, a list of them, or several by name. In the last case the name need
 * not be said again. Anything else gives no migration and a problem.
 */
export function splitMigrations(tree: unknown, problems: ConfigProblem[]): RawMigration[] {
  const entries = toEntries(withoutSchema(tree));
  if (entries.length === 0) problems.push(notAMigration([], tree));
  return entries.flatMap(({ at, value, name }) => {
    if (!isSettings(value)) {
      problems.push(notAMigration(at, value));
      return [];
    }
    return [{ at, settings: name === null ? value : { name, ...value } }];
  });
}

/** `$schema` tells an editor what to complete; it says nothing to us. */
function withoutSchema(tree: unknown): unknown {
  if (!isSettings(tree) || typeof tree.$schema !== 'string') return tree;
  const { $schema: _, ...settings } = tree;
  return settings;
}

interface Entry {
  readonly at: SettingPath;
  readonly value: unknown;
  readonly name: string | null;
}

function toEntries(tree: unknown): Entry[] {
  if (Array.isArray(tree)) return tree.map((value, i) => ({ at: [i], value, name: null }));
  if (!isSettings(tree) || !isByName(tree)) return [{ at: [], value: tree, name: null }];
  return Object.entries(tree).map(([name, value]) => ({ at: [name], value, name }));
}

/**
 * No section of a migration has an owner or an end of its own, so whatever holds things that do
 * holds migrations.
 */
function isByName(tree: Settings): boolean {
  const values = Object.values(tree).filter(isSettings);
  const isComplete = values.length === Object.keys(tree).length;
  return isComplete && values.some((value) => 'owner' in value || 'deleteBy' in value);
}

function notAMigration(at: SettingPath, value: unknown): ConfigProblem {
  const expected = 'a migration { name, owner, deleteBy, … }, a list of them, or several by name';
  const found = Array.isArray(value) ? 'an empty list' : shown(value);
  return problem('FW_CONFIG_VALUE', at, { found, expected });
}
