import { CATALOGUE, type ErrorCode, type ErrorFacts } from './catalogue.ts';
import type { ErrorDefinition, ExitCode } from './definition.ts';

// A registered symbol, so that two installed versions of this package recognise each other's
// errors.
const MARK = Symbol.for('falsework.error');

/**
 * An error with a permanent code. Match on `code`, never on the message.
 *
 * ```ts
 * try { parsePath('$.[') } catch (error) {
 *   if (isFalseworkError(error) && error.code === 'FW_PATH_SYNTAX') console.error(error.action);
 * }
 * ```
 */
export class FalseworkError extends Error {
  override readonly name = 'FalseworkError';
  readonly code: ErrorCode;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly action: string;
  readonly retryable: boolean;
  readonly httpStatus: number;
  readonly exitCode: ExitCode;

  /** @internal Use {@link fault}. */
  constructor(code: ErrorCode, facts: object, row: ErrorDefinition<never>, cause: unknown) {
    super(row.message(facts as never), cause === undefined ? undefined : { cause });
    this.code = code;
    this.facts = { ...facts };
    this.action = row.action;
    this.retryable = row.retryable;
    this.httpStatus = row.httpStatus;
    this.exitCode = row.exitCode;
    Object.defineProperty(this, MARK, { value: true });
  }
}

/** Builds the error of one catalogue row. `cause` is kept, never printed into the message. */
export function fault<Code extends ErrorCode>(
  code: Code,
  facts: ErrorFacts<Code>,
  cause?: unknown,
): FalseworkError {
  return new FalseworkError(
    code,
    facts as object,
    CATALOGUE[code] as ErrorDefinition<never>,
    cause,
  );
}

/** True for an error of ours, from this or any other installed version of the package. */
export function isFalseworkError(thrown: unknown): thrown is FalseworkError {
  return typeof thrown === 'object' && thrown !== null && MARK in thrown;
}
