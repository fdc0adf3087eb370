import { nearestName } from '@falsework/core/text';
import type { SettingPath } from '../problems.ts';

/** A setting that differs from one environment to the next, and the variable that sets it. */
export interface EnvironmentSetting {
  readonly variable: string;
  readonly path: readonly string[];
  /** Its value is never shown. */
  readonly isSecret: boolean;
}

const PREFIX = 'FALSEWORK_';

const setting = (variable: string, path: string, isSecret = false): EnvironmentSetting => ({
  variable: `${PREFIX}${variable}`,
  path: path.split('.'),
  isSecret,
});

/**
 * The one list of settings that variables may set and for which `env('…')` may stand. Everything
 * else belongs into the file, where it is reviewed.
 */
export const ENVIRONMENT_SETTINGS: readonly EnvironmentSetting[] = [
  setting('LEGACY', 'guard.legacy'),
  setting('CANDIDATE', 'guard.candidate'),
  setting('HOST', 'guard.host'),
  setting('PORT', 'guard.port'),
  setting('DATA_FROM', 'data.from', true),
  setting('DATA_TO', 'data.to', true),
  setting('CONTROL_URL', 'control.url'),
  setting('CONTROL_HOST', 'control.host'),
  setting('CONTROL_PORT', 'control.port'),
  // A database URL carries a password as often as not, and nothing in its text says so for certain.
  setting('STORE', 'control.store', true),
  setting('TOKEN', 'control.token', true),
];

/** True when the setting at this path is never shown. */
export function isSecret(at: SettingPath): boolean {
  const path = at.join('.');
  return ENVIRONMENT_SETTINGS.some((known) => known.isSecret && known.path.join('.') === path);
}

/** Names the configuration file itself; read by `loadConfig`. */
export const FILE_VARIABLE = `${PREFIX}CONFIG`;

/** Environment variables, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The value of a variable; one that is empty counts as not set, which is how compose files unset
 * one.
 */
export function readVariable(env: Environment, name: string): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value === undefined || value === '') return undefined;
  // Beside a service called falsework, Kubernetes sets FALSEWORK_PORT to `tcp://10.0.0.7:8000` by
  // itself.
  const isInjected = name === `${PREFIX}PORT` && value.startsWith('tcp://');
  return isInjected ? undefined : value;
}

/** A variable with our prefix that sets nothing. */
export interface IgnoredVariable {
  readonly variable: string;
  /** What may have been meant. */
  readonly nearest: string | null;
}

/**
 * Variables with our prefix that set nothing, for a warning. They cannot be refused as unknown keys
 * are: the environment is shared, and Kubernetes adds FALSEWORK_SERVICE_HOST and its like without
 * asking.
 */
export function ignoredVariables(env: Environment): readonly IgnoredVariable[] {
  const known = [...ENVIRONMENT_SETTINGS.map(({ variable }) => variable), FILE_VARIABLE];
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .filter((name) => !/_(?:SERVICE_(?:HOST|PORT.*)|PORT_\d+_.+)$/.test(name))
    .sort()
    .map((variable) => ({ variable, nearest: nearestName(variable, known) ?? null }));
}
