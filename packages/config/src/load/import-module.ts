import { fault, isFalseworkError } from '@falsework/core/errors';
import { createJiti } from 'jiti';
import * as authoring from '../authoring.ts';

/**
 * Evaluates a configuration written as code and returns its default export, or else everything that
 * it exports. `@falsework/config` is at hand inside it even where it is not installed. Evaluated
 * anew each time, so that an edited file takes effect. Throws FW_CONFIG_SYNTAX, FW_CONFIG_THREW;
 * what was thrown is the cause.
 */
export async function importModule(path: string, file: string): Promise<unknown> {
  const jiti = createJiti(path, {
    moduleCache: false,
    // A cache would write into folders that a read-only container does not have.
    fsCache: false,
    virtualModules: { '@falsework/config': authoring },
  });
  try {
    const exported: unknown = await jiti.import(path);
    return defaultOf(exported);
  } catch (error) {
    throw parseFault(error) ?? thrownFault(error, path, file);
  }
}

function defaultOf(exported: unknown): unknown {
  const isNamespace = typeof exported === 'object' && exported !== null && 'default' in exported;
  return isNamespace ? exported.default : exported;
}

/**
 * The parser says `ParseError: reason`, then the place on a line of its own; it may be in a file
 * that was imported.
 */
function parseFault(error: unknown) {
  if (!(error instanceof Error)) return null;
  const [, reason, file, line, column] =
    /^ParseError: ([^\n]*)\n\s*(.+):(\d+):(\d+)\s*$/.exec(error.message) ?? [];
  if (reason === undefined || file === undefined) return null;
  const place = { file, line: Number(line), column: Number(column) };
  return fault('FW_CONFIG_SYNTAX', { ...place, reason: reason.trim().replace(/\.$/, '') }, error);
}

function thrownFault(error: unknown, path: string, file: string) {
  return fault(
    'FW_CONFIG_THREW',
    { file, thrown: thrownText(error), line: lineIn(error, path) },
    error,
  );
}

/**
 * What was thrown, by its kind: its own message may hold what the file has read, so it stays in the
 * cause.
 */
function thrownText(error: unknown): string {
  if (isFalseworkError(error)) return `${error.code} (${error.message})`;
  if (!(error instanceof Error)) return error === null ? 'null' : `a value of type ${typeof error}`;
  const code = 'code' in error && /^[A-Z_]{1,60}$/.test(String(error.code)) ? ` ${error.code}` : '';
  return `${error.name}${code}`;
}

/** The line of the file that was being evaluated, from the stack. */
function lineIn(error: unknown, path: string): number | null {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const at = stack.indexOf(`${path}:`);
  const [, line] = /^:(\d+)/.exec(at < 0 ? '' : stack.slice(at + path.length)) ?? [];
  return line === undefined ? null : Number(line);
}
