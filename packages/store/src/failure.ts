import { type ErrorFacts, fault, isFalseworkError } from '@falsework/core/errors';
import { isBusy } from './sqlite/patience.ts';

// Beginnings and whole codes of SQLSTATE (PostgreSQL manual, appendix A) and of system calls.
const LOST_CLASSES = ['08', '28', '3D', '57P'];
const BUSY_CODES = ['40001', '40P01', '55P03', '25P03'];
const LOST_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'EACCES',
]);
// SQLite's primary result codes: the file cannot be opened, is not a database, or may not be
// written.
const LOST_SQLITE_CODES = new Set([14, 26, 8, 23]);

// The driver's own errors have no code: its connection timeout, and a connection that ended in the
// middle of a query.
const LOST_MESSAGE = /^(Connection terminated|timeout exceeded when trying to connect|Client )/;

/** What was being done, for messages. */
export type Doing = Pick<ErrorFacts<'FW_STORE_FAILED'>, 'store' | 'operation'>;

/**
 * Gives whatever a driver threw one of our codes. Total: anything unknown is `FW_STORE_FAILED`. The
 * driver's text stays in `cause`, since it may quote rows; the message has only its code.
 */
export function classify(error: unknown, doing: Doing): Error {
  if (isFalseworkError(error)) return error;
  const because = reasonOf(error);
  if (isBusy(error) || isOneOf(error, BUSY_CODES)) {
    return fault('FW_STORE_BUSY', { ...doing, because }, error);
  }
  if (isLost(error)) return fault('FW_STORE_UNREACHABLE', { store: doing.store, because }, error);
  return fault('FW_STORE_FAILED', { ...doing, because }, error);
}

interface DriverError {
  readonly code?: unknown;
  readonly errcode?: unknown;
  readonly errstr?: unknown;
  readonly name?: unknown;
  readonly message?: unknown;
}

function isLost(error: unknown): boolean {
  const { code, errcode, message } = (error ?? {}) as DriverError;
  if (typeof errcode === 'number') return LOST_SQLITE_CODES.has(errcode & 0xff);
  if (typeof code === 'string') {
    const isLostClass = LOST_CLASSES.some((beginning) => code.startsWith(beginning));
    return LOST_SYSTEM_CODES.has(code) || (code.length === 5 && isLostClass);
  }
  return typeof message === 'string' && LOST_MESSAGE.test(message);
}

function isOneOf(error: unknown, codes: readonly string[]): boolean {
  return codes.includes(String((error as DriverError | null)?.code));
}

/**
 * The shortest thing that helps: SQLite's name for its code, a SQLSTATE, or the name of the error.
 */
function reasonOf(error: unknown): string {
  const { code, errcode, errstr, name } = (error ?? {}) as DriverError;
  if (typeof errcode === 'number') return `SQLite ${errcode}, ${String(errstr)}`;
  if (typeof code === 'string') return code.length === 5 ? `SQLSTATE ${code}` : code;
  return typeof name === 'string' ? name : 'unknown';
}
