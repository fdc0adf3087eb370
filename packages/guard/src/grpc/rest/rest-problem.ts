import { codeNumber, type GrpcCode, type GrpcStatus } from './status.ts';

/** A request that cannot be translated, as the caller is told. */
export class RestProblem extends Error {
  override readonly name = 'RestProblem';
  readonly status: GrpcStatus;

  constructor(code: GrpcCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = { code: codeNumber(code), message, details: [] };
  }
}
