import type { Capture } from './capture.ts';
import type { Body } from './decode-body.ts';

/** Headers by lower-case name, as undici parses them. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** One side's answer, as far as it is compared. */
export interface ComparedAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** The body without its content-encoding; `null` when it was not decoded. */
  readonly body: Body | null;
}

/** One side's answer, kept to be compared. */
export interface HttpAnswer extends ComparedAnswer {
  readonly capture: Capture;
  /** `null` until it has been decoded. */
  body: Body | null;
}

/**
 * The value of a header, repetitions joined as RFC 9110 reads them; `null` when the answer has
 * none.
 */
export function headerOf({ headers }: Pick<HttpAnswer, 'headers'>, name: string): string | null {
  const value = headers[name];
  if (value === undefined) return null;
  return typeof value === 'string' ? value : value.join(', ');
}
