import { existsSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fault } from '@falsework/core/errors';
import { type Environment, FILE_VARIABLE, readVariable } from '../layers/variables.ts';
import { type ConfigFlags, type LoadedConfig, parseConfig } from '../parse-config.ts';
import { importModule } from './import-module.ts';
import { readListFile } from './list-file.ts';
import { parseJson, parseYaml } from './parse-data.ts';
import { readBounded } from './read-bounded.ts';

/** The names under which a configuration is found. */
export const CONFIG_NAMES: readonly string[] = [
  'ts',
  'mts',
  'js',
  'mjs',
  'json',
  'yaml',
  'yml',
].map((extension) => `falsework.config.${extension}`);

/** Where to look and what to lay over it. */
export interface LoadOptions {
  /** The folder to look in, and from which `file` is relative. */
  readonly cwd: string;
  /** The file itself; left out, FALSEWORK_CONFIG names it, else it is looked for. */
  readonly file?: string;
  readonly env: Environment;
  readonly flags?: ConfigFlags;
}

// A migration with a thousand routes is some hundred kilobytes; a mebibyte of settings was not
// written by a person.
const DATA_BYTES_MAX = 1_048_576;

const DATA_PARSERS: Readonly<Record<string, (text: string, file: string) => unknown>> = {
  '.json': parseJson,
  '.yaml': parseYaml,
  '.yml': parseYaml,
};

const MODULE_EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];

/**
 * Finds, reads and validates the configuration, lays variables and flags over it, and fills in the
 * defaults. It is only looked for in `cwd` itself: one that is found further up would surprise.
 * Throws FW_CONFIG_NOT_FOUND, FW_CONFIG_AMBIGUOUS, FW_CONFIG_UNREADABLE, FW_CONFIG_SYNTAX,
 * FW_CONFIG_THREW or FW_CONFIG_INVALID.
 *
 * ```ts
 * const { migrations, control } = await loadConfig({ cwd: process.cwd(), env: process.env });
 * ```
 */
export async function loadConfig({ cwd, file, env, flags }: LoadOptions): Promise<LoadedConfig> {
  const named = file ?? readVariable(env, FILE_VARIABLE);
  const path = named === undefined ? findFile(cwd) : resolve(cwd, named);
  const shownAs = shownFrom(cwd, path);
  const directory = dirname(path);
  return parseConfig(await readValue(path, shownAs), {
    file: shownAs,
    directory,
    env,
    ...(flags === undefined ? {} : { flags }),
    readList: (list) => readListFile(list, directory),
  });
}

function findFile(directory: string): string {
  const found = CONFIG_NAMES.filter((name) => existsSync(join(directory, name)));
  const [name] = found;
  if (name === undefined) throw fault('FW_CONFIG_NOT_FOUND', { directory, names: CONFIG_NAMES });
  // Taking the first would leave somebody editing the second and wondering.
  if (found.length > 1) throw fault('FW_CONFIG_AMBIGUOUS', { directory, names: found });
  return join(directory, name);
}

async function readValue(path: string, file: string): Promise<unknown> {
  const extension = extname(path).toLowerCase();
  const parse = DATA_PARSERS[extension];
  const isModule = MODULE_EXTENSIONS.includes(extension);
  if (parse === undefined && !isModule) {
    const known = [...MODULE_EXTENSIONS, ...Object.keys(DATA_PARSERS)].join(', ');
    throw fault('FW_CONFIG_UNREADABLE', { file, reason: `its name must end in one of ${known}` });
  }
  const read = readBounded(path, DATA_BYTES_MAX);
  if ('reason' in read) throw fault('FW_CONFIG_UNREADABLE', { file, reason: read.reason });
  return parse === undefined ? importModule(path, file) : parse(read.text, file);
}

/** A path as people would write it: from where they stand when it lies beneath, else whole. */
function shownFrom(cwd: string, path: string): string {
  const short = relative(cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
}
