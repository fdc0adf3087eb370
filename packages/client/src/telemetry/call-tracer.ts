import type { Stop } from '../calls/report.ts';

/** One call over all of its tries, as it is told. */
export interface CallSpan {
  /** A try is about to be sent. Headers may be added; they replace the call's own of that name. */
  sends(headers: [string, string][]): void;
  /** The present try was answered. */
  answered(status: number): void;
  /** The present try was not answered. */
  failed(error: unknown): void;
  /** The call is over, after so many tries. */
  ended(end: { readonly tries: number; readonly stop: Stop; readonly isAnswered: boolean }): void;
}

/** Where calls tell what they do. Nothing here may throw. */
export interface CallTracer {
  began(call: { readonly method: string; readonly origin: string }): CallSpan;
}

/** What this process tells, if anything. Calls pay one comparison for asking. */
export const tracing: { tracer: CallTracer | null } = { tracer: null };
