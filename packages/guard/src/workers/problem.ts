import { type ErrorCode, fault, isFalseworkError } from '@falsework/core/errors';
import type { WorkerProblem } from './messages.ts';

/** An error, as data. */
export function problemOf(error: unknown): WorkerProblem {
  const message = error instanceof Error ? error.message : String(error);
  if (!isFalseworkError(error)) return { code: '', facts: {}, message };
  return { code: error.code, facts: error.facts, message };
}

/** The same error again, in another process. */
export function errorOf({ code, facts, message }: WorkerProblem): Error {
  return code === '' ? new Error(message) : fault(code as ErrorCode, facts as never);
}
