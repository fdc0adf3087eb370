/**
 * How a command line or a script should see an error: 1 failed, 2 wrong usage, 3 refused by a gate.
 */
export type ExitCode = 1 | 2 | 3;

/**
 * One row of the error catalogue. `message` says what happened, with its values, then why; `action`
 * says what to do next. Where state was being changed, `message` also says what state things are in
 * now.
 */
export interface ErrorDefinition<Facts> {
  readonly title: string;
  readonly message: (facts: Facts) => string;
  readonly action: string;
  /** True when the same call may succeed later without anyone changing anything. */
  readonly retryable: boolean;
  /** The status with which the admin API answers. */
  readonly httpStatus: number;
  readonly exitCode: ExitCode;
}

/** Wrong input from a person or a caller: nothing was changed, and repeating it will not help. */
export function usageError<Facts>(
  row: Pick<ErrorDefinition<Facts>, 'title' | 'message' | 'action'>,
): ErrorDefinition<Facts> {
  return { ...row, retryable: false, httpStatus: 400, exitCode: 2 };
}

/** An operation that did not succeed though its input was right. */
export function operatingError<Facts>(
  row: Pick<ErrorDefinition<Facts>, 'title' | 'message' | 'action'> &
    Partial<Pick<ErrorDefinition<Facts>, 'retryable' | 'httpStatus' | 'exitCode'>>,
): ErrorDefinition<Facts> {
  return { retryable: true, httpStatus: 503, exitCode: 1, ...row };
}
