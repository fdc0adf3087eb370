/** Stands for an environment variable until the configuration is loaded. */
export interface EnvReference {
  readonly from: 'env';
  readonly name: string;
}

/** Stands for the lines of a file until the configuration is loaded. */
export interface ListReference {
  readonly from: 'list';
  readonly file: string;
}

/** Stands for the secret in a file, such as one that Kubernetes or Docker mounts. */
export interface FileReference {
  readonly from: 'file';
  readonly file: string;
}

/**
 * The secret in a file, its name relative to the configuration; in YAML `{ from: file, file:
 * /run/secrets/ada }`. It is read when control starts, and by nobody else.
 */
export function file(name: string): FileReference {
  return { from: 'file', file: name };
}

/**
 * The value of an environment variable, read when the configuration is loaded; in YAML `{ from:
 * env, name: LEGACY_URL }`. It may stand wherever a setting differs from one environment to the
 * next: the addresses, ports, store and token. A variable that is not set, or empty, is the problem
 * FW_CONFIG_VARIABLE_MISSING. Its value is never shown.
 */
export function env(name: string): EnvReference {
  return { from: 'env', name };
}

/**
 * The keys of a cohort, one per line of a file relative to the configuration; `#` begins a comment.
 * In YAML `{ from: list, file: accounts/internal.txt }`. An unreadable or oversized file is the
 * problem FW_CONFIG_LIST.
 */
export function list(file: string): ListReference {
  return { from: 'list', file };
}
