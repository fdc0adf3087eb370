import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import { openStore } from '@falsework/store';
import { systemClock, systemRandom } from '@falsework/system';
import { type Logger, pino } from 'pino';
import type { Token } from './api/auth.ts';
import { createAdminApi } from './api/server.ts';
import { ControlLoop } from './loop/control-loop.ts';
import { ControlMetrics } from './metrics/metrics.ts';
import { PlaneLoads } from './metrics/plane-loads.ts';
import { httpPoster, Notifier } from './notify/index.ts';
import { ControlService } from './service/control-service.ts';
import type { ManagedMigration } from './service/managed-migration.ts';

export type { Role } from '@falsework/client/contract';
export type { Token } from './api/auth.ts';
export type { NotifyTarget } from './notify/index.ts';
export type { ManagedMigration } from './service/managed-migration.ts';

/** How to run control. */
export interface ControlOptions {
  readonly migrations: readonly ManagedMigration[];
  /** A SQLite file or a PostgreSQL URL. */
  readonly store: string;
  /** Loopback unless said otherwise. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly tokens: readonly Token[];
  readonly version: string;
  /** How often the loop looks, in milliseconds. */
  readonly loopMs?: number;
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Where people reach it, for the links in notices; where it listens unless said otherwise. */
  readonly publicUrl?: string;
  /** The folder of the built console; without it control serves data only. */
  readonly console?: string;
}

/** Control as it runs. */
export interface RunningControl {
  readonly url: string;
  /** The core of control, for planes in the same process. */
  readonly service: ControlService;
  /** Stops listening, finishes the look under way and closes the store. */
  readonly stop: () => Promise<void>;
}

const LOOP_MS = 1_000;
// People read what they are told; nobody is told sooner than they can look.
const NOTIFY_MS = 2_000;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Starts control: opens the store, begins or resumes every migration, listens, and looks. Rejects
 * with `FW_LISTEN`, `FW_LISTEN_UNPROTECTED` or `FW_STORE_…`; nothing is left running then.
 */
export async function startControl(options: ControlOptions): Promise<RunningControl> {
  const { host = '127.0.0.1', port, tokens, migrations } = options;
  if (!LOOPBACK.has(host) && tokens.length === 0) throw fault('FW_LISTEN_UNPROTECTED', { host });
  const clock = options.clock ?? systemClock;
  const log = options.log ?? pino({ name: 'falsework-control' }, pino.destination(2));
  const store = await openStore(options.store);
  const loads = new PlaneLoads();
  const service = new ControlService({
    store,
    clock,
    migrations,
    onBatch: (name, batch) => loads.take(name, batch, clock.now()),
    notify: ({ severity, text }) => (severity === 'incident' ? log.warn(text) : log.info(text)),
  });
  const metrics = new ControlMetrics({ service, loads, clock });
  const { version, console = null } = options;
  const app = createAdminApi({ service, metrics, clock, tokens, version, log, console });
  try {
    await service.start();
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    await store.close();
    throw listenFault(error, host, port);
  }
  const loop = new ControlLoop({
    service,
    clock,
    intervalMs: options.loopMs ?? LOOP_MS,
    onFailure: (migration, error) => {
      metrics.countLoopFailure(migration);
      log.error({ err: error, migration }, 'a look of the control loop failed; it looks again');
    },
  });
  // The port that was really taken: with port 0 the system chose it.
  const bound = (app.server.address() as AddressInfo).port;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  const notifier = new Notifier({
    store,
    clock,
    random: systemRandom,
    poster: httpPoster(),
    targets: new Map(migrations.map(({ name, notify = [] }) => [name, notify])),
    read: (name) => service.known(name),
    controlUrl: options.publicUrl ?? url,
    holder: randomUUID(),
    everyMs: NOTIFY_MS,
    onFailure: (migration, error) => {
      if (error === null) log.info({ migration }, 'a target of notices takes them again');
      else log.error({ err: error, migration }, error.message);
    },
  });
  loop.start();
  notifier.start();
  const stop = async (): Promise<void> => {
    await notifier.stop();
    await loop.stop();
    await app.close();
    await store.close();
  };
  return { url, service, stop };
}

function listenFault(error: unknown, host: string, port: number): unknown {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  if (syscall !== 'listen' || typeof code !== 'string') return error;
  const because = code === 'EADDRINUSE' ? 'it is in use' : code;
  return fault('FW_LISTEN', { host, port, because }, error);
}
