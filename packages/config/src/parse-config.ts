import { fault } from '@falsework/core/errors';
import { toControl, toMigration } from './build-settings.ts';
import { checkData } from './checks/data.ts';
import { checkGrpc } from './checks/grpc.ts';
import { checkSides } from './checks/guard.ts';
import { checkMigrations, controlling, type ReadMigration } from './checks/migrations.ts';
import { checkMoney, checkStrata, checkWindow } from './checks/policy.ts';
import { checkRamp } from './checks/ramp.ts';
import { checkStrict } from './checks/strict.ts';
import { checkWrites } from './checks/writes.ts';
import { Layers } from './layers/layers.ts';
import { drawLists, drawVariables, layVariables, type ReadList } from './layers/resolve.ts';
import { type RawMigration, splitMigrations } from './layers/split.ts';
import { copyTree, isSettings, type Settings } from './layers/tree.ts';
import { type Environment, type IgnoredVariable, ignoredVariables } from './layers/variables.ts';
import type { MigrationConfig } from './migration-config.ts';
import { type ConfigProblem, pathText, problem } from './problems.ts';
import { readRoutes } from './routes/read-routes.ts';
import type { Sections } from './schema/migration-schema.ts';
import { validate } from './schema/validate.ts';
import type { ControlSettings, Migration, RouteSettings } from './settings.ts';

/** Settings of a command line: any part of a migration, every section as deep as it goes. */
export type ConfigFlags = DeepPartial<MigrationConfig>;

type DeepPartial<T> = T extends readonly unknown[] | ((...parameters: never[]) => unknown)
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> | undefined }
    : T;

/** What surrounds the value that is parsed. */
export interface ParseContext {
  /** The file it came from, for messages; `null` when it came from flags alone. */
  readonly file: string | null;
  /** Relative paths of state files begin here. */
  readonly directory: string;
  /**
   * The environment; nothing else is ever read from it than the variables that are documented or
   * named.
   */
  readonly env: Environment;
  /** Lays over everything else. */
  readonly flags?: ConfigFlags;
  /** Reads what `list('…')` names. Left out: lists are refused. */
  readonly readList?: ReadList;
}

/** A configuration that is valid and complete. */
export interface LoadedConfig {
  readonly file: string | null;
  readonly migrations: readonly Migration[];
  readonly control: ControlSettings;
  /** FALSEWORK_ variables that set nothing: worth a warning. */
  readonly ignoredVariables: readonly IgnoredVariable[];
  /** @internal Where each value came from, by migration; read it through `explainConfig`. */
  readonly layers: ReadonlyMap<string, Layers>;
  /** @internal The name of the migration whose control is in force. */
  readonly controlledBy: string;
}

/** One migration of the file on its way through. */
interface Reading extends ReadMigration {
  readonly layers: Layers;
  readonly routes: readonly RouteSettings[];
  readonly problems: readonly ConfigProblem[];
}

/**
 * Validates a value from anywhere as a configuration and fills in every default. Throws
 * FW_CONFIG_INVALID with all the problems found in `facts.problems`, and nothing else, whatever the
 * value is.
 *
 * ```ts
 * const { migrations } = parseConfig(
 *   { name: 'orders', owner: 'checkout', deleteBy: '2027-03-31' },
 *   { file: null, directory: '/srv', env: process.env },
 * );
 * ```
 */
export function parseConfig(value: unknown, context: ParseContext): LoadedConfig {
  const problems: ConfigProblem[] = [];
  const raw = splitMigrations(copyPlain(value, problems), problems);
  const flags = copyPlain(context.flags ?? {}, problems);
  const readings = raw.map((each) => read(each, isSettings(flags) ? flags : {}, context));
  problems.push(...readings.flatMap(prefixed), ...checkMigrations(readings));
  const head = controlling(readings);
  if (problems.length > 0 || head === undefined) {
    throw fault('FW_CONFIG_INVALID', { file: context.file ?? 'The command line', problems });
  }
  const whole = readings.map((reading) => ({ ...reading, sections: reading.sections as Sections }));
  const { name, control } = head.sections as Sections;
  return {
    file: context.file,
    migrations: whole.map(({ sections, routes }) =>
      toMigration(sections, routes, context.directory),
    ),
    control: toControl(control, context.directory),
    ignoredVariables: ignoredVariables(context.env),
    layers: new Map(whole.map(({ sections, layers }) => [sections.name, layers])),
    controlledBy: name,
  };
}

const REFUSE_LISTS: ReadList = () => ({ expected: 'a list of keys: no file may be read here' });

function read(raw: RawMigration, flags: Settings, context: ParseContext): Reading {
  const layers = new Layers();
  layers.lay(raw.settings, { layer: 'file', from: context.file });
  layVariables(layers, context.env, flags);
  layers.lay(flags, { layer: 'flag', from: null });
  const unresolved = [
    ...drawVariables(layers, context.env),
    ...drawLists(layers, context.readList ?? REFUSE_LISTS),
  ];
  const { sections, problems } = validate(layers);
  const { routes, problems: ofRoutes } = readRoutes(sections);
  const checks = [
    checkWindow,
    checkRamp,
    checkStrata,
    checkMoney,
    checkSides,
    checkGrpc,
    checkStrict,
    checkWrites,
    checkData,
  ];
  return {
    at: raw.at,
    saysControl: raw.settings.control !== undefined,
    layers,
    sections,
    routes,
    problems: [
      ...unresolved,
      ...problems,
      ...ofRoutes,
      ...checks.flatMap((check) => check(sections)),
    ],
  };
}

/**
 * The problems of one migration, their places named from the root of the file. Every message begins
 * with its place.
 */
function prefixed({ at, problems }: Reading): readonly ConfigProblem[] {
  if (at.length === 0) return problems;
  return problems.map(({ path, message, ...rest }) => {
    const before = `${pathText(at)}${path.startsWith('[') ? '' : '.'}`;
    return { ...rest, path: before + path, message: before + message };
  });
}

/**
 * A copy that nobody else can change. A getter or a proxy that throws when it is read is as wrong
 * as a wrong value.
 */
function copyPlain(value: unknown, problems: ConfigProblem[]): unknown {
  try {
    return copyTree(value, problems);
  } catch {
    const said = { found: 'a value that throws when it is read', expected: 'plain data' };
    problems.push(problem('FW_CONFIG_VALUE', [], said));
    return undefined;
  }
}
