import type { IncomingHttpHeaders } from 'node:http2';
import type { Capture } from '../../shadow/capture.ts';
import type { SideFailure } from '../../sides/side-failure.ts';
import { codeName, httpStatusOf, statusOf } from '../rest/status.ts';
import type { Messages } from '../wire/messages.ts';

/** One answer of one side, kept whole. */
export interface GrpcAnswer {
  readonly headers: IncomingHttpHeaders;
  /** The headers themselves where an answer has nothing but its status. */
  readonly trailers: IncomingHttpHeaders;
  readonly capture: Capture;
  /** `null` until it is read, which only an answer that is compared is. */
  messages: Messages | null;
}

/** The number of the status that an answer ended with. */
export function codeOf({ trailers }: Pick<GrpcAnswer, 'trailers'>): number {
  return statusOf(trailers).code;
}

/**
 * The failure that a code is; `null` for one that is an answer, such as NOT_FOUND. The same line as
 * over HTTP: what would be a status of 500 or above.
 */
export function failureOfCode(code: number): SideFailure | null {
  return httpStatusOf(code) >= 500 ? { kind: 'status', code: codeName(code) } : null;
}
