import { openApiDocument, ROUTES, type Route } from '@falsework/client/contract';
import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { prettifyError, type z } from 'zod';
import type { ControlMetrics } from '../metrics/metrics.ts';
import type { ControlService } from '../service/control-service.ts';
import { Authority, type Caller, isAllowed, type Token } from './auth.ts';
import { type Checked, createHandlers } from './handlers.ts';
import { problemOf } from './problems.ts';
import { streamSnapshots } from './snapshot-stream.ts';

/** What the admin API is made of. */
export interface AdminApiOptions {
  readonly service: ControlService;
  readonly metrics: ControlMetrics;
  readonly clock: Clock;
  readonly tokens: readonly Token[];
  readonly version: string;
  readonly log: FastifyBaseLogger;
}

const EVENT_STREAM = 'text/event-stream';
// A plane's batch at its own limits (2,000 causes with five examples each, 20 pairs of 64 kB, in
// scripts of three bytes a letter) is about 25 MB; nothing else comes near. One that is refused for
// its size would be sent again for ever.
const BODY_BYTES_MAX = 32 * 1024 * 1024;

/** Builds the admin API. It does not listen yet. */
export function createAdminApi(options: AdminApiOptions): FastifyInstance {
  const { service, metrics, clock, tokens, version, log } = options;
  const app = Fastify({
    loggerInstance: log,
    bodyLimit: BODY_BYTES_MAX,
    logController: new LogController({ disableRequestLogging: true }),
    // A stream of snapshots never ends by itself; without this, closing would wait for every plane.
    forceCloseConnections: true,
  });
  const authority = new Authority(tokens);
  const handlers = createHandlers(service, clock);
  app.setErrorHandler((error, request, reply) => {
    const { status, body } = problemOf(error, `${request.method} ${request.routeOptions.url}`);
    if (status >= 500) request.log.error({ err: error }, body.message);
    return reply.status(status).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    const { status, body } = problemOf(
      fault('FW_ROUTE_UNKNOWN', { method: request.method, path }),
      path,
    );
    return reply.status(status).send(body);
  });
  for (const [name, definition] of Object.entries<Route>(ROUTES)) {
    const handle = handlers[name as keyof typeof handlers] as (r: unknown) => Promise<unknown>;
    app.route({
      method: definition.method,
      url: definition.path,
      handler: async (request, reply) => {
        const checked = check(definition, request, authorize(authority, definition, request));
        const isStream = request.headers.accept === EVENT_STREAM && definition === ROUTES.snapshot;
        if (!isStream) return handle(checked);
        const { migration } = checked.params as { migration: string };
        const first = await service.snapshot(migration);
        reply.hijack();
        streamSnapshots(reply.raw, first, (take) => service.subscribe(migration, take));
        return reply;
      },
    });
  }
  app.get('/openapi.json', async () => openApiDocument(version));
  app.get('/metrics', async (request, reply) => {
    requireRole(authority.identify(request.headers.authorization), 'viewer', request);
    return reply.type(metrics.contentType).send(await metrics.read());
  });
  return app;
}

function authorize(authority: Authority, { role }: Route, request: FastifyRequest): Caller {
  const caller = authority.identify(request.headers.authorization);
  requireRole(caller, role, request);
  return caller;
}

function requireRole(caller: Caller, role: Route['role'], request: FastifyRequest): void {
  if (isAllowed(caller.role, role)) return;
  const url = request.routeOptions.url ?? request.url;
  if (request.headers.authorization === undefined) throw fault('FW_TOKEN_MISSING', { url });
  throw fault('FW_TOKEN_REFUSED', { url, needs: role });
}

function check(definition: Route, request: FastifyRequest, caller: Caller): Checked<Route> {
  const part = (what: string, schema: z.ZodType, value: unknown): unknown => {
    const parsed = schema.safeParse(value ?? {});
    if (parsed.success) return parsed.data;
    const problems = prettifyError(parsed.error).replace(/\s+/g, ' ');
    throw fault('FW_REQUEST_INVALID', { what, problems });
  };
  return {
    params: part('path', definition.params, request.params),
    query: part('query', definition.query, request.query),
    body: part('body', definition.body, definition.method === 'POST' ? request.body : {}),
    caller,
  };
}
