import { openApiDocument, ROUTES, type Route } from '@falsework/client/contract';
import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { ControlMetrics } from '../metrics/metrics.ts';
import { causeLinesJson } from '../service/causes.ts';
import type { ControlService } from '../service/control-service.ts';
import type { Caller, Token } from './auth.ts';
import { checkPart } from './check.ts';
import { addConsoleFiles, BROWSER_HEADERS } from './console-files.ts';
import { Gatekeeper } from './gatekeeper.ts';
import { type Checked, createHandlers, type Handlers } from './handlers.ts';
import { problemOf } from './problems.ts';
import { addSessionRoutes } from './session-routes.ts';
import { streamSnapshots } from './snapshot-stream.ts';
import { StatusFeed } from './status-feed.ts';
import { streamStatus } from './status-stream.ts';

/** What the admin API is made of. */
export interface AdminApiOptions {
  readonly service: ControlService;
  readonly metrics: ControlMetrics;
  readonly clock: Clock;
  readonly tokens: readonly Token[];
  readonly version: string;
  readonly log: FastifyBaseLogger;
  /** The folder of the built console; `null` for control without one. */
  readonly console: string | null;
}

const EVENT_STREAM = 'text/event-stream';
// As often as people can follow; a console counts as stale after a few that it did not hear.
const LOOK_EVERY_MS = 1_000;
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
  const gatekeeper = new Gatekeeper(tokens, clock);
  const handlers = createHandlers(service, clock);
  app.addHook('onRequest', async (_, reply) => {
    void reply.headers(BROWSER_HEADERS);
  });
  app.setErrorHandler((error, request, reply) => {
    const where = `${request.method} ${request.routeOptions.url}`;
    const { status, body, retryAfterS } = problemOf(error, where);
    if (retryAfterS !== null) void reply.header('retry-after', retryAfterS);
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
  addSessionRoutes(app, gatekeeper);
  addRoutes(app, options, gatekeeper, handlers);
  addConsoleFiles(app, options.console);
  app.get('/openapi.json', async () => openApiDocument(version));
  app.get('/metrics', async (request, reply) => {
    gatekeeper.admit(request, 'viewer');
    return reply.type(metrics.contentType).send(await metrics.read());
  });
  return app;
}

/** Every route of the contract that answers with data, or with a stream of it. */
function addRoutes(
  app: FastifyInstance,
  { service, clock, log }: AdminApiOptions,
  gatekeeper: Gatekeeper,
  handlers: Handlers,
): void {
  const nobody = {
    params: {},
    query: {},
    body: {},
    caller: { role: 'viewer', name: null },
  } as const;
  const feed = new StatusFeed({
    clock,
    everyMs: LOOK_EVERY_MS,
    read: async () => (await handlers.events(nobody)).migrations,
    onFailure: (error) => log.error({ err: error }, 'the status could not be read for a console'),
  });
  const { path, role, params, query } = ROUTES.causeLines;
  app.get(path, async (request, reply) => {
    gatekeeper.admit(request, role);
    const { migration } = checkPart('path', params, request.params);
    const { epoch = null } = checkPart('query', query, request.query);
    const causes = await service.causes(migration, epoch);
    return reply.type('application/json; charset=utf-8').send(causeLinesJson(causes));
  });
  for (const [name, handler] of Object.entries(handlers)) {
    const definition: Route = ROUTES[name as keyof Handlers];
    const handle = handler as (request: unknown) => Promise<unknown>;
    app.route({
      method: definition.method,
      url: definition.path,
      handler: async (request, reply) => {
        const checked = check(definition, request, gatekeeper.admit(request, definition.role));
        const isStream = request.headers.accept === EVENT_STREAM;
        if (isStream && definition === ROUTES.snapshot) {
          const { migration } = checked.params as { migration: string };
          const first = await service.snapshot(migration);
          reply.hijack();
          streamSnapshots(reply.raw, first, (take) => service.subscribe(migration, take));
          return reply;
        }
        if (isStream && definition === ROUTES.events) {
          const { expiresAt = null } = gatekeeper.session(request) ?? {};
          reply.hijack();
          streamStatus(reply.raw, expiresAt, (take) => feed.subscribe(take));
          return reply;
        }
        return handle(checked);
      },
    });
  }
}

function check(definition: Route, request: FastifyRequest, caller: Caller): Checked<Route> {
  return {
    params: checkPart('path', definition.params, request.params),
    query: checkPart('query', definition.query, request.query),
    body: checkPart('body', definition.body, definition.method === 'POST' ? request.body : {}),
    caller,
  };
}
