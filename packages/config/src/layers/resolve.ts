import { type ConfigProblem, problem, quoted } from '../problems.ts';
import type { Layers } from './layers.ts';
import { isSettings, type Settings } from './tree.ts';
import { ENVIRONMENT_SETTINGS, type Environment, readVariable } from './variables.ts';

/** The keys that a list file holds, or why it cannot be used. */
export type ListResult = { readonly keys: readonly string[] } | { readonly expected: string };

/** Reads a list file, its name relative to the configuration. Never throws. */
export type ReadList = (file: string) => ListResult;

/** Lays the FALSEWORK_ variables over what the file said. `flags` are looked at, not laid. */
export function layVariables(layers: Layers, env: Environment, flags: Settings): void {
  const isSet = (name: string): boolean => readVariable(env, name) !== undefined;
  // FALSEWORK_PORT in the environment of a migration without a guard must not give it half of one.
  const hasGuard =
    layers.valueAt(['guard']) !== undefined ||
    flags.guard !== undefined ||
    isSet('FALSEWORK_LEGACY') ||
    isSet('FALSEWORK_CANDIDATE');
  for (const { variable, path } of ENVIRONMENT_SETTINGS) {
    const value = readVariable(env, variable);
    if (value === undefined || (path[0] === 'guard' && !hasGuard)) continue;
    const section = path.slice(0, -1);
    const origin = { layer: 'variable', from: variable } as const;
    if (layers.valueAt(section) === undefined) layers.put(section, {}, origin);
    layers.put(path, value, origin);
  }
}

/**
 * Puts the variable's value where an `env('…')` stands. Only what no later layer has replaced is
 * looked up.
 */
export function drawVariables(layers: Layers, env: Environment): ConfigProblem[] {
  return ENVIRONMENT_SETTINGS.flatMap(({ path }) => {
    const name = referenceIn(layers.valueAt(path), 'env', 'name');
    if (name === null) return [];
    const value = readVariable(env, name);
    if (value !== undefined) {
      layers.putDrawn(path, value, name);
      return [];
    }
    layers.markUnresolved(path);
    const expected = `the variable ${quoted(name)} to be set and not empty`;
    return [
      problem('FW_CONFIG_VARIABLE_MISSING', path, { found: `env(${quoted(name)})`, expected }),
    ];
  });
}

/** Puts the keys of the file where a `list('…')` stands. */
export function drawLists(layers: Layers, readList: ReadList): ConfigProblem[] {
  const cohorts = layers.valueAt(['cohorts']);
  if (!isSettings(cohorts)) return [];
  return Object.keys(cohorts).flatMap((name) => {
    const at = ['cohorts', name];
    const file = referenceIn(cohorts[name], 'list', 'file');
    if (file === null) return [];
    const list = readList(file);
    if ('keys' in list) {
      layers.put(at, list.keys, { layer: layers.originOf(at).layer, from: file });
      return [];
    }
    layers.markUnresolved(at);
    return [
      problem('FW_CONFIG_LIST', at, { found: `list(${quoted(file)})`, expected: list.expected }),
    ];
  });
}

/**
 * What a well-formed reference names. Any other object stays where it is, and the schema refuses
 * it.
 */
function referenceIn(value: unknown, from: string, key: string): string | null {
  if (!isSettings(value) || value.from !== from || Object.keys(value).length !== 2) return null;
  const named = value[key];
  return typeof named === 'string' && named !== '' ? named : null;
}
