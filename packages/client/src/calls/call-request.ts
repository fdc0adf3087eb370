import type { CallOptions } from './client-options.ts';

/**
 * One call as the caller asks for it, in the terms that fetch, undici and axios share. @internal
 */
export interface CallRequest {
  readonly method: string;
  /** Scheme, host and port: what versions are remembered of. */
  readonly origin: string;
  /** A header that the caller gave; null when absent. */
  readonly header: (name: string) => string | null;
  /** Whether the same body can be sent again. No body can. */
  readonly isReplayable: boolean;
  readonly signal: AbortSignal | null;
  readonly options: CallOptions;
}

/** The head of an answer. @internal */
export interface AnswerHead {
  readonly status: number;
  readonly header: (name: string) => string | null;
}

/** One try, as handed to whoever sends it. @internal */
export interface Attempt {
  /** To be set on the request; names are in lower case and replace the caller's. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly version: string | null;
  /** Aborts the try: the caller's own signal, the deadline, or the try's time limit. */
  readonly signal: AbortSignal;
  /**
   * To be asked once, before anything of the answer is given out. False means that the request is
   * sent again and the answer is to be dropped. It answers at once, so that no byte of a body can
   * arrive in between.
   */
  readonly isFinal: (head: AnswerHead) => boolean;
  /** To be called when the whole of the final answer has arrived: the deadline then lets go. */
  readonly done: () => void;
}

/**
 * Sends one try. Resolves with what the caller is given, or with anything once `isFinal` said no;
 * rejects as the transport does. @internal
 */
export type Send<Given> = (attempt: Attempt) => Promise<Given>;
