import {
  type ErrorFacts,
  type FalseworkError,
  fault,
  isFalseworkError,
} from '@falsework/core/errors';

/** What was being done, and where, for messages. */
export type Doing = Pick<ErrorFacts<'FW_DATA_FAILED'>, 'database' | 'operation'>;

interface DriverError {
  readonly code?: unknown;
  readonly name?: unknown;
  readonly message?: unknown;
  readonly constraint?: unknown;
  readonly column?: unknown;
  readonly cause?: unknown;
}

// Beginnings and whole codes of SQLSTATE; PostgreSQL manual, appendix A.
const LOST = ['08', '28', '3D', '57P'];
const BUSY = ['40001', '40P01', '55P03', '55006', '25P03', '57014'];
const FULL = ['53'];
const DENIED = ['42501'];
const LOST_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const LOST_MESSAGE = /^(Connection terminated|timeout exceeded when trying to connect|Client )/;

/** The server's five-character code of an error, however deep in its causes; `null` without one. */
export function sqlState(error: unknown): string | null {
  for (let at = error, depth = 0; at !== null && at !== undefined && depth < 5; depth += 1) {
    const { code, cause } = at as DriverError;
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code;
    at = cause;
  }
  return null;
}

/**
 * Gives whatever a driver threw one of our codes. Total: what is unknown is `FW_DATA_FAILED`. The
 * server's text may quote rows, so it stays in `cause`; the message has only its code.
 */
export function classify(error: unknown, doing: Doing): FalseworkError {
  if (isFalseworkError(error)) return error;
  const because = reasonOf(error);
  const facts = { ...doing, because };
  const state = sqlState(error);
  const isOneOf = (codes: readonly string[]): boolean =>
    state !== null && codes.some((code) => state.startsWith(code));
  if (isOneOf(BUSY)) return fault('FW_DATA_BUSY', facts, error);
  if (isLost(error) || isOneOf(LOST)) return fault('FW_DATA_UNREACHABLE', facts, error);
  if (isOneOf(FULL)) return fault('FW_DATA_FULL', facts, error);
  if (isOneOf(DENIED)) return fault('FW_DATA_DENIED', facts, error);
  return fault('FW_DATA_FAILED', facts, error);
}

/** Runs `act`; what it rejects with has one of our codes. */
export async function coded<T>(doing: Doing, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw classify(error, doing);
  }
}

/**
 * True for an error that lies in the values of a row or in a rule of the table, and so will not go
 * away by waiting: data exceptions, integrity violations, and what a trigger raised.
 */
export function isRowError(error: unknown): boolean {
  const state = sqlState(error);
  return state !== null && /^(22|23|44|P0001|42804)/.test(state);
}

/** What may be said of an error about a row without quoting the row. */
export function rowErrorDetail(error: unknown): string {
  const { constraint, column } = error as DriverError;
  const state = `SQLSTATE ${sqlState(error) ?? 'unknown'}`;
  if (typeof constraint === 'string' && constraint !== '') return `${state}, ${constraint}`;
  return typeof column === 'string' && column !== '' ? `${state}, column ${column}` : state;
}

function isLost(error: unknown): boolean {
  const { code, message } = (error ?? {}) as DriverError;
  if (typeof code === 'string' && LOST_SYSTEM_CODES.has(code)) return true;
  return typeof message === 'string' && LOST_MESSAGE.test(message);
}

function reasonOf(error: unknown): string {
  const { code, name } = (error ?? {}) as DriverError;
  const state = sqlState(error);
  if (state !== null) return `SQLSTATE ${state}`;
  if (typeof code === 'string') return code;
  return typeof name === 'string' ? name : 'unknown';
}
