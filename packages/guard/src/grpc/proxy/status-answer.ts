import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { codeNumber, type GrpcCode } from '../rest/status.ts';

/** A status of our own, as trailers say it. */
export function statusTrailers(code: GrpcCode, message: string): OutgoingHttpHeaders {
  return { 'grpc-status': String(codeNumber(code)), 'grpc-message': encodeURIComponent(message) };
}

/** Answers a call with nothing but a status. */
export function answerStatus(stream: ServerHttp2Stream, trailers: OutgoingHttpHeaders): void {
  const head = { ':status': 200, 'content-type': 'application/grpc+proto' };
  stream.respond({ ...head, ...trailers }, { endStream: true });
}
