import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { fault } from '@falsework/core/errors';
import { type Host, systemHost } from '@falsework/seam/engine';
import type { DescriptorSet } from '../descriptors/load-descriptor-set.ts';
import { RestProblem } from '../rest/rest-problem.ts';
import { compileRestTable, type RestTable } from '../rest/rest-table.ts';
import { statusJson } from '../rest/status.ts';
import type { AnswerStyle } from '../rest/translate-answer.ts';
import { translateRequest } from '../rest/translate-request.ts';
import { type ChannelTrust, GrpcChannel, grpcOrigin } from '../wire/channel.ts';
import type { MetadataList } from '../wire/metadata.ts';
import { parseTimeout } from '../wire/timeout.ts';
import type { StreamShape } from './answer-body.ts';
import { BridgedCall, type BridgedContext, sendStatus } from './bridged-call.ts';
import { answerHealth } from './bridged-health.ts';
import { metadataOf } from './http-metadata.ts';

/** How to run a bridge in front of a gRPC service. */
export interface BridgeOptions {
  /** The gRPC service, as `grpc://ledger-v2:50051`. */
  readonly candidate: string;
  /** Where the annotations are. */
  readonly descriptors: DescriptorSet;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** The address to listen on. Loopback unless said otherwise. */
  readonly host?: string;
  /** How answers are spelled. */
  readonly style?: AnswerStyle;
  /** How a stream of messages is one body: `array` by default. */
  readonly stream?: StreamShape;
  /** True to overlook members and parameters that the messages do not have. */
  readonly ignoresUnknown?: boolean;
  /** Headers that become metadata. */
  readonly metadata?: MetadataList;
  /** The longest request body that is taken, 4 MiB by default. */
  readonly maxBodyBytes?: number;
  /** The longest message of an answer that is taken, 64 MiB by default. */
  readonly maxMessageBytes?: number;
  /** The longest that a call may take; by default only a `grpc-timeout` of its caller says. */
  readonly timeoutMsMax?: number;
  /** By whom the certificate of a `grpcs://` candidate must be vouched for. */
  readonly trust?: ChannelTrust;
  /**
   * A path at which GET tells whether the candidate lives, unless an annotation claims it; `/` by
   * default.
   */
  readonly healthPath?: string;
  readonly system?: Host;
}

/** A bridge as it runs. */
export interface RunningBridge {
  /** Where HTTP is spoken: what a guard takes for its candidate. */
  readonly url: string;
  readonly port: number;
  /** What the service offers over HTTP. */
  readonly table: RestTable;
  readonly stop: () => Promise<void>;
}

const MIB = 1024 * 1024;

/**
 * Starts an HTTP/JSON server that calls a gRPC service, as its google.api.http annotations say: a
 * guard in front of an HTTP legacy takes its `url` for the candidate. Rejects with FW_GRPC_ADDRESS,
 * FW_GRPC_OPTION, FW_GRPC_HTTP_RULE, FW_GRPC_HTTP_CONFLICT or FW_LISTEN.
 *
 * ```ts
 * const descriptors = loadDescriptorSet(readFileSync('set.binpb'), 'set.binpb');
 * const bridge = await startBridge({ candidate: 'grpc://ledger-v2:50051', descriptors });
 * await startGuard({ legacy: 'http://ledger-v1:8080', candidate: bridge.url, port: 8000 });
 * ```
 */
export async function startBridge(options: BridgeOptions): Promise<RunningBridge> {
  const { host = '127.0.0.1', port = 0, descriptors, system = systemHost } = options;
  const table = compileRestTable(descriptors);
  if (table.bindings.length === 0) {
    const expected = 'a descriptor set with google.api.http annotations';
    throw fault('FW_GRPC_OPTION', { option: 'descriptors', got: descriptors.source, expected });
  }
  const origin = grpcOrigin('candidate', options.candidate);
  const channel = new GrpcChannel(origin, system.clock, options.trust);
  const context: BridgedContext = {
    clock: system.clock,
    channel,
    registry: descriptors.registry,
    style: options.style ?? {},
    stream: options.stream ?? 'array',
    messageBytesMax: options.maxMessageBytes ?? 64 * MIB,
  };
  const server = createServer((request, response) => {
    // Nothing here throws but for what it answers itself; a fault of ours ends the one request.
    void take(request, response, { options, table, context }).catch(() => response.destroy());
  });
  const taken = await listen(server, host, port).catch((error) => {
    channel.destroy();
    throw error;
  });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    port: taken,
    table,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        channel.destroy();
      }),
  };
}

interface Scope {
  readonly options: BridgeOptions;
  readonly table: RestTable;
  readonly context: BridgedContext;
}

async function take(
  request: IncomingMessage,
  response: ServerResponse,
  scope: Scope,
): Promise<void> {
  try {
    await call(request, response, scope);
  } catch (error) {
    if (!(error instanceof RestProblem)) throw error;
    // What is left of the request is not read; the connection would be out of step.
    if (!request.complete) response.setHeader('connection', 'close');
    sendStatus(response, error.status, statusJson(error.status, scope.context.registry));
  }
}

async function call(
  request: IncomingMessage,
  response: ServerResponse,
  { options, table, context }: Scope,
): Promise<void> {
  const { ignoresUnknown = false, maxBodyBytes = 4 * MIB, timeoutMsMax = null } = options;
  const { url = '/', headers } = request;
  const [, path = '/', query = ''] = /^([^?#]*)\??([^#]*)/.exec(url) ?? [];
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
  const match = table.match(method, path);
  if (match === undefined && path === (options.healthPath ?? '/') && method === 'GET') {
    await answerHealth(response, context.channel, context.clock);
    return;
  }
  if (match === undefined) throw new RestProblem('NOT_FOUND', 'no method is offered at this path');
  if ('allowed' in match) {
    response.setHeader('allow', match.allowed.join(', '));
    throw new RestProblem('UNIMPLEMENTED', 'this path is offered under other methods');
  }
  const { binding } = match;
  if (binding.method.methodKind !== 'unary' && binding.method.methodKind !== 'server_streaming') {
    throw new RestProblem('UNIMPLEMENTED', 'a method that takes a stream cannot be called by HTTP');
  }
  const body = await bodyOf(request, maxBodyBytes);
  const given = { query, contentType: headers['content-type'] ?? null, body };
  const { registry } = context;
  const message = translateRequest(match, given, { registry, ignoresUnknown });
  const asked = parseTimeout([headers['grpc-timeout']].flat()[0]);
  const bounds = [asked, timeoutMsMax].filter((bound) => bound !== null);
  new BridgedCall(context, {
    response,
    binding,
    message,
    metadata: metadataOf(headers, options.metadata ?? {}),
    timeoutMs: bounds.length === 0 ? null : Math.min(...bounds),
  }).start();
}

async function bodyOf(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      const because = `the body is longer than ${bytesMax} bytes: raise \`maxBodyBytes\` of the bridge`;
      throw new RestProblem('INVALID_ARGUMENT', because);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void => {
      const because = error.code === 'EADDRINUSE' ? 'it is in use' : (error.code ?? 'unknown');
      reject(fault('FW_LISTEN', { host, port, because }, error));
    };
    server.once('error', refused);
    server.listen({ host, port }, () => {
      server.off('error', refused);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
