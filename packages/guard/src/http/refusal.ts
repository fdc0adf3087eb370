import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type FalseworkError, fault } from '@falsework/core/errors';
import type { Side } from '@falsework/core/routing';
import { failureWords, type SideFailure } from '../sides/side-failure.ts';
import type { CallerAnswer } from './caller.ts';
import type { AddedHeaders } from './response-head.ts';

/**
 * Tells a caller that the side which serves it did not answer. The caller would have got no answer
 * from it either.
 */
export function refuseForSide(
  response: CallerAnswer,
  side: Side,
  failure: SideFailure,
  added: AddedHeaders,
): void {
  const code = failure.kind === 'timeout' ? 'FW_GUARD_SIDE_TIMEOUT' : 'FW_GUARD_SIDE_FAILED';
  const error = fault(code, { side, because: failureWords(failure) });
  send(response, error, { side, because: failure.code }, added);
}

/**
 * Tells a caller that its request cannot be passed on, and closes the connection: where the request
 * ends, and where the next one begins, may be just what is unclear.
 */
export function refuseRequest(response: CallerAnswer, because: string): void {
  response.shouldKeepAlive = false;
  send(response, fault('FW_GUARD_REQUEST', { because }), {}, []);
}

// Requests are short: a second later most of those that were in the way are gone.
const RETRY_AFTER_SECONDS = '1';

/** Tells a caller that the side which would serve it has as many requests as it may have. */
export function refuseBusy(response: CallerAnswer): void {
  send(response, fault('FW_GUARD_BUSY', {}), {}, ['Retry-After', RETRY_AFTER_SECONDS]);
}

/**
 * Tells a caller that its body is too long, or came too slowly. The rest of it is not waited for.
 */
export function refuseBody(response: CallerAnswer, isTooLong: boolean): void {
  response.shouldKeepAlive = false;
  send(response, fault(isTooLong ? 'FW_GUARD_BODY_LONG' : 'FW_GUARD_BODY_SLOW', {}), {}, []);
}

/** Tells a caller why its write was not taken. */
export function refuseWrite(response: CallerAnswer, error: FalseworkError): void {
  // What is left of a body that was refused is not waited for.
  if (error.httpStatus === 408 || error.httpStatus === 413) response.shouldKeepAlive = false;
  const added = error.httpStatus === 503 ? ['Retry-After', RETRY_AFTER_SECONDS] : [];
  send(response, error, {}, added);
}

/** The same on a connection that Node has handed over, such as one that is to become a tunnel. */
export function refuseSocket(socket: Duplex, because: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(refusalText(because));
}

function refusalText(because: string): string {
  const error = fault('FW_GUARD_REQUEST', { because });
  const body = bodyOf(error, {});
  return [
    `HTTP/1.1 ${error.httpStatus} ${STATUS_CODES[error.httpStatus] ?? ''}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
    '',
    body.toString(),
  ].join('\r\n');
}

function bodyOf({ code, message }: FalseworkError, facts: object): Buffer {
  return Buffer.from(`${JSON.stringify({ error: { code, ...facts, message } })}\n`);
}

function send(
  response: CallerAnswer,
  error: FalseworkError,
  facts: object,
  added: AddedHeaders,
): void {
  const { httpStatus } = error;
  const body = bodyOf(error, facts);
  response.writeHead(httpStatus, STATUS_CODES[httpStatus] ?? '', [
    'Content-Type',
    'application/json',
    'Content-Length',
    String(body.length),
    ...added,
  ]);
  response.end(body);
}
