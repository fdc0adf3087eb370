import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack, DurationSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { librarySet, messageOf } from '../../../test/grpc-fixtures.ts';
import {
  codeName,
  codeNumber,
  codeOfHttpStatus,
  GRPC_CODES,
  httpStatusOf,
  statusJson,
  statusOf,
} from './status.ts';

const set = librarySet();

describe('the codes of gRPC', () => {
  it.each([
    [0, 'OK', 200],
    [1, 'CANCELLED', 499],
    [2, 'UNKNOWN', 500],
    [3, 'INVALID_ARGUMENT', 400],
    [4, 'DEADLINE_EXCEEDED', 504],
    [5, 'NOT_FOUND', 404],
    [6, 'ALREADY_EXISTS', 409],
    [7, 'PERMISSION_DENIED', 403],
    [8, 'RESOURCE_EXHAUSTED', 429],
    [9, 'FAILED_PRECONDITION', 400],
    [10, 'ABORTED', 409],
    [11, 'OUT_OF_RANGE', 400],
    [12, 'UNIMPLEMENTED', 501],
    [13, 'INTERNAL', 500],
    [14, 'UNAVAILABLE', 503],
    [15, 'DATA_LOSS', 500],
    [16, 'UNAUTHENTICATED', 401],
  ])('%i is %s, and %i over HTTP', (code, name, status) => {
    expect(codeName(code)).toBe(name);
    expect(codeNumber(name as never)).toBe(code);
    expect(httpStatusOf(code)).toBe(status);
  });

  it('come back from HTTP under a code of the same status', () => {
    for (const code of GRPC_CODES) {
      const status = httpStatusOf(codeNumber(code));
      expect(httpStatusOf(codeNumber(codeOfHttpStatus(status)))).toBe(status);
    }
    expect([201, 302, 418, 422, 502].map(codeOfHttpStatus)).toEqual([
      'OK',
      'UNKNOWN',
      'FAILED_PRECONDITION',
      'FAILED_PRECONDITION',
      'INTERNAL',
    ]);
  });

  it('that gRPC does not have are unknown', () => {
    expect(codeName(17)).toBe('UNKNOWN');
    expect(statusOf({ 'grpc-status': 'x' }).code).toBe(2);
    expect(statusOf({}).code).toBe(2);
  });
});

describe('a status in the trailers of a call', () => {
  const detail = anyPack(DurationSchema, create(DurationSchema, { seconds: 3n }));
  const bin = (details: unknown[]): string => {
    const desc = set.message('google.rpc.Status');
    return Buffer.from(toBinary(desc, messageOf(desc, { code: 5, details }))).toString('base64');
  };

  it('is read with its message and its details', () => {
    const trailers = {
      'grpc-status': '5',
      'grpc-message': 'no%20book%20%E2%82%AC',
      'grpc-status-details-bin': bin([detail]),
    };
    const status = statusOf(trailers);
    expect(status).toMatchObject({ code: 5, message: 'no book €' });
    expect(JSON.parse(statusJson(status, set.registry))).toEqual({
      code: 5,
      message: 'no book €',
      details: [{ '@type': 'type.googleapis.com/google.protobuf.Duration', value: '3s' }],
    });
  });

  it('keeps the bytes of details of a type that nobody described', () => {
    const unknown = { ...detail, typeUrl: 'x/unknown.Type' };
    const status = statusOf({ 'grpc-status': '5', 'grpc-status-details-bin': bin([unknown]) });
    expect(JSON.parse(statusJson(status, set.registry)).details).toEqual([
      { '@type': 'x/unknown.Type', value: Buffer.from(detail.value).toString('base64') },
    ]);
  });

  it('stands without details that are none, and with a message that is not encoded', () => {
    const status = statusOf({
      'grpc-status': '9',
      'grpc-message': '100% sure',
      'grpc-status-details-bin': 'AAEC',
    });
    expect(status).toEqual({ code: 9, message: '100% sure', details: [] });
  });
});
