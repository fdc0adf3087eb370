import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  Client,
  type ClientOptions,
  credentials,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerOptions,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { pathOfMethod } from '../src/grpc/index.ts';
import { atEnd } from './fixtures.ts';
import { librarySet, messageOf } from './grpc-fixtures.ts';

const set = librarySet();
const service = set.service('falsework.test.Library');

export type Init = Record<string, unknown>;

/** Answers a call of one message each way. */
export type Unary = (call: ServerUnaryCall<Init, Init>, done: sendUnaryData<Init>) => void;

// For tests elsewhere, which speak to the library without a gRPC of their own.
export { Metadata, status };

/** `$raw` sends bytes as they are: what another library might write. */
const writes = (desc: DescMessage) => (init: Init) =>
  Buffer.isBuffer(init['$raw']) ? init['$raw'] : Buffer.from(toBinary(desc, messageOf(desc, init)));
const reads = (desc: DescMessage) => (bytes: Buffer) => fromBinary(desc, bytes) as never as Init;

function definitionOf(name: string): MethodDefinition<Init, Init> {
  const method = service.methods.find((each) => each.name === name);
  if (method === undefined) throw new Error(`There is no ${name}.`);
  const { methodKind, input, output } = method;
  return {
    path: pathOfMethod(method),
    requestStream: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
    responseStream: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
    requestSerialize: writes(input),
    requestDeserialize: reads(input),
    responseSerialize: writes(output),
    responseDeserialize: reads(output),
  };
}

/** A real gRPC service that a test speaks to. */
export interface GrpcService {
  readonly origin: string;
  readonly server: Server;
}

/** Adds the library to a server; what is not given is unimplemented. */
export function addLibrary(
  server: Server,
  handlers: Readonly<Record<string, UntypedHandleCall>>,
): void {
  const definitions = service.methods.map(({ name }) => [name, definitionOf(name)] as const);
  server.addService(Object.fromEntries(definitions), handlers);
}

/** Serves the library with what is given, in clear or under TLS; the rest is unimplemented. */
export async function libraryService(
  handlers: Readonly<Record<string, UntypedHandleCall>>,
  options: ServerOptions = {},
  under: { readonly cert: string; readonly key: string } | null = null,
): Promise<GrpcService> {
  const server = new Server(options);
  addLibrary(server, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentialsOf(under), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  atEnd(() => server.forceShutdown());
  return { origin: `grpc${under === null ? '' : 's'}://127.0.0.1:${port}`, server };
}

function credentialsOf(under: { readonly cert: string; readonly key: string } | null) {
  if (under === null) return ServerCredentials.createInsecure();
  const pair = { private_key: readFileSync(under.key), cert_chain: readFileSync(under.cert) };
  return ServerCredentials.createSsl(null, [pair]);
}

/** One call as it came over HTTP/2, and the way to answer it. */
export interface RawCall {
  readonly stream: ServerHttp2Stream;
  /** Names and values in turn, nothing joined. */
  readonly rawHeaders: readonly string[];
}

/**
 * A service that speaks HTTP/2 by itself, for what no library of gRPC would send: the handler is
 * called once the request is whole.
 */
export async function rawService(answer: (call: RawCall) => void): Promise<{ origin: string }> {
  const server = createServer();
  server.on(
    'stream',
    (stream: ServerHttp2Stream, _headers: object, _flags: number, rawHeaders: string[]) => {
      stream.on('error', () => {});
      stream.resume().on('end', () => answer({ stream, rawHeaders }));
    },
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  atEnd(() => void server.close());
  return { origin: `grpc://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Answers with one message, compressed by gzip. */
export function answerZipped({ stream }: RawCall, message: Uint8Array): void {
  const zipped = gzipSync(message);
  const prefix = Buffer.from([1, 0, 0, 0, 0]);
  prefix.writeUInt32BE(zipped.length, 1);
  const head = { 'content-type': 'application/grpc', 'grpc-encoding': 'gzip' };
  stream.respond(head, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.concat([prefix, zipped]));
}

/** How a unary call ended, with its metadata. */
export interface CallEnd {
  readonly answer: Init | null;
  readonly error: ServiceError | null;
  readonly headers: Metadata | null;
  readonly trailers: Metadata | null;
}

/** A real gRPC client of the library. */
export class LibraryClient {
  readonly raw: Client;

  constructor(address: string, options: ClientOptions = {}) {
    this.raw = new Client(address, credentials.createInsecure(), options);
    atEnd(() => this.raw.close());
  }

  unary(name: string, init: Init, metadata: Metadata, options: object = {}): Promise<CallEnd> {
    const { path, requestSerialize, responseDeserialize } = definitionOf(name);
    return new Promise((resolve) => {
      let headers: Metadata | null = null;
      let end: Pick<CallEnd, 'answer' | 'error'> = { answer: null, error: null };
      const call = this.raw.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        init,
        metadata,
        options,
        (error, answer) => {
          end = { answer: answer ?? null, error };
        },
      );
      call.on('metadata', (received) => {
        headers = received;
      });
      // Comes last, whatever the order of the others.
      call.on('status', ({ metadata: trailers }) =>
        setImmediate(() => resolve({ ...end, headers, trailers })),
      );
    });
  }

  serverStream(name: string, init: Init, metadata: Metadata, options: object = {}) {
    const { path, requestSerialize, responseDeserialize } = definitionOf(name);
    return this.raw.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      init,
      metadata,
      options,
    );
  }

  clientStream(
    name: string,
    metadata: Metadata,
    done: (error: ServiceError | null, answer?: Init) => void,
  ) {
    const { path, requestSerialize, responseDeserialize } = definitionOf(name);
    return this.raw.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadata,
      done,
    );
  }

  bidi(name: string, metadata: Metadata, options: object = {}) {
    const { path, requestSerialize, responseDeserialize } = definitionOf(name);
    return this.raw.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadata,
      options,
    );
  }
}
