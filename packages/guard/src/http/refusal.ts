import { STATUS_CODES } from 'node:http';
import { type FalseworkError, fault } from '@falsework/core/errors';
import type { Side } from '@falsework/core/routing';
import { failureWords, type SideFailure } from '../sides/side-failure.ts';
import type { CallerResponse } from './caller-response.ts';
import type { AddedHeaders } from './response-head.ts';

/**
 * Tells a caller that the side which serves it did not answer. The caller would have got no answer
 * from it either.
 */
export function refuseForSide(
  response: CallerResponse,
  side: Side,
  failure: SideFailure,
  added: AddedHeaders,
): void {
  const error = fault('FW_GUARD_SIDE_FAILED', { side, because: failureWords(failure) });
  send(response, error, { side, because: failure.code }, added);
}

/** Tells a caller that its request cannot be passed on. */
export function refuseRequest(response: CallerResponse, because: string): void {
  send(response, fault('FW_GUARD_REQUEST', { because }), {}, []);
}

function send(
  response: CallerResponse,
  { code, httpStatus, message }: FalseworkError,
  facts: object,
  added: AddedHeaders,
): void {
  const body = Buffer.from(`${JSON.stringify({ error: { code, ...facts, message } })}\n`);
  response.writeHead(httpStatus, STATUS_CODES[httpStatus] ?? '', [
    'Content-Type',
    'application/json',
    'Content-Length',
    String(body.length),
    ...added,
  ]);
  response.end(body);
}
