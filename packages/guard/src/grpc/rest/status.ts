import { create, createFileRegistry, fromBinary, type Registry, toJson } from '@bufbuild/protobuf';
import {
  type Any,
  FileDescriptorProtoSchema,
  file_google_protobuf_any,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';

/** The codes of gRPC by their numbers. */
export const GRPC_CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

export type GrpcCode = (typeof GRPC_CODES)[number];

// The table that google/rpc/code.proto gives in its comments.
const HTTP_STATUS: Readonly<Record<GrpcCode, number>> = {
  OK: 200,
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
  UNAUTHENTICATED: 401,
};

// Where several codes share a status, the one that says least about the reason.
const CODE_OF_STATUS: ReadonlyMap<number, GrpcCode> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [409, 'ABORTED'],
  [416, 'OUT_OF_RANGE'],
  [429, 'RESOURCE_EXHAUSTED'],
  [499, 'CANCELLED'],
  [501, 'UNIMPLEMENTED'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
]);

/** How a call ended, as google.rpc.Status has it. */
export interface GrpcStatus {
  readonly code: number;
  readonly message: string;
  readonly details: readonly Any[];
}

/** The name of a code; `UNKNOWN` for a number that gRPC does not have. */
export function codeName(code: number): GrpcCode {
  return GRPC_CODES[code] ?? 'UNKNOWN';
}

/** The number of a code. */
export function codeNumber(code: GrpcCode): number {
  return GRPC_CODES.indexOf(code);
}

/** The HTTP status of a code, by google/rpc/code.proto. */
export function httpStatusOf(code: number): number {
  return HTTP_STATUS[codeName(code)];
}

/** The code that an HTTP status most likely stood for. */
export function codeOfHttpStatus(status: number): GrpcCode {
  const known = CODE_OF_STATUS.get(status);
  if (known !== undefined) return known;
  if (status >= 200 && status < 300) return 'OK';
  if (status >= 400 && status < 500) return 'FAILED_PRECONDITION';
  return status >= 500 && status < 600 ? 'INTERNAL' : 'UNKNOWN';
}

// Descriptor sets seldom hold google.rpc.Status, and errors must be readable without it.
const STATUS_FILE = create(FileDescriptorProtoSchema, {
  name: 'google/rpc/status.proto',
  package: 'google.rpc',
  syntax: 'proto3',
  dependency: ['google/protobuf/any.proto'],
  messageType: [
    {
      name: 'Status',
      field: [
        { name: 'code', jsonName: 'code', number: 1, type: Type.INT32, label: Label.OPTIONAL },
        {
          name: 'message',
          jsonName: 'message',
          number: 2,
          type: Type.STRING,
          label: Label.OPTIONAL,
        },
        {
          name: 'details',
          jsonName: 'details',
          number: 3,
          type: Type.MESSAGE,
          typeName: '.google.protobuf.Any',
          label: Label.REPEATED,
        },
      ],
    },
  ],
});
const STATUS_SCHEMA = createFileRegistry(STATUS_FILE, () => file_google_protobuf_any).getMessage(
  'google.rpc.Status',
);
const ANY_SCHEMA = file_google_protobuf_any.messages[0];

/**
 * A status from the trailers of a call. Details that are no google.rpc.Status are left out: they
 * are an addition, and the code stands without them.
 */
export function statusOf(
  trailers: Readonly<Record<string, string | string[] | undefined>>,
): GrpcStatus {
  const [code, message, bin] = ['grpc-status', 'grpc-message', 'grpc-status-details-bin'].map(
    (name) => [trailers[name] ?? ''].flat()[0] ?? '',
  ) as [string, string, string];
  const number = /^\d{1,2}$/.test(code) ? Number(code) : codeNumber('UNKNOWN');
  return { code: number, message: decodedMessage(message), details: detailsOf(bin) };
}

/** A status as JSON. Details of types that the registry lacks keep their bytes, as base64. */
export function statusJson(status: GrpcStatus, registry: Registry): string {
  const details = status.details.map((any) => detailJson(any, registry));
  return JSON.stringify({ code: status.code, message: status.message, details });
}

function detailsOf(bin: string): readonly Any[] {
  if (bin === '' || STATUS_SCHEMA === undefined) return [];
  try {
    const status = fromBinary(STATUS_SCHEMA, Buffer.from(bin, 'base64'));
    return (status as unknown as { details: readonly Any[] }).details;
  } catch {
    return [];
  }
}

function detailJson(any: Any, registry: Registry): unknown {
  try {
    if (ANY_SCHEMA !== undefined) return toJson(ANY_SCHEMA, any, { registry });
  } catch {
    // A type that nobody described: said below.
  }
  return { '@type': any.typeUrl, value: Buffer.from(any.value).toString('base64') };
}

/** A message of a status is percent-encoded on the wire; one that is not stays as it is. */
function decodedMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
