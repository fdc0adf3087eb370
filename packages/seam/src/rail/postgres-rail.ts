import { createRequire } from 'node:module';
import { currentShadow } from '../run/scope.ts';
import type { Destination } from './destination.ts';
import { noteOutbound } from './note-outbound.ts';

/** The part of a client, or of a pool, of `pg` that is watched. */
interface PostgresPrototype {
  query?: Method;
  connect?: Method;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

interface ConnectionFacts {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly options?: {
    readonly host?: unknown;
    readonly port?: unknown;
    readonly connectionString?: unknown;
  };
}

// `pg` tells nobody what it does, and a query on a connection that was open before makes no noise
// on the net either. It is CommonJS, however it was imported, so it is found where Node keeps
// those.
const CLASS_FILES = /[\\/](?:pg[\\/]lib[\\/](?:native[\\/])?client|pg-pool[\\/]index)\.js$/;
const WATCHED = Symbol.for('falsework.watched');
// Libraries are loaded once, some of them late. Looking through a few thousand names takes a tenth
// of a millisecond.
const LOOK_EVERY_MS = 1_000;

let lastLookMs = Number.NEGATIVE_INFINITY;

/** Watches every copy of `pg` that the process has loaded so far. Looks once a second at most. */
export function watchLoadedPostgres(): void {
  const nowMs = performance.now();
  if (nowMs - lastLookMs < LOOK_EVERY_MS) return;
  lastLookMs = nowMs;
  const { cache } = createRequire(import.meta.url);
  for (const file of Object.keys(cache)) {
    if (!CLASS_FILES.test(file)) continue;
    const loaded = cache[file]?.exports as { prototype?: PostgresPrototype } | undefined;
    if (loaded?.prototype !== undefined) watchPrototype(loaded.prototype);
  }
}

/**
 * Has a class of `pg` ask before it sends anything for a shadow run. What is not declared is not
 * sent: it could be a write, and a query that never answers hurts nobody who was given up already.
 */
export function watchPrototype(prototype: PostgresPrototype & { [WATCHED]?: boolean }): void {
  if (Object.hasOwn(prototype, WATCHED)) return;
  Object.defineProperty(prototype, WATCHED, { value: true });
  for (const name of ['query', 'connect'] as const) {
    const method = prototype[name];
    if (method === undefined || !Object.hasOwn(prototype, name)) continue;
    prototype[name] = function watched(this: unknown, ...args: unknown[]): unknown {
      if (currentShadow() === undefined || !isRefused(name, this as ConnectionFacts)) {
        return Reflect.apply(method, this, args);
      }
      return hasCallback(args) ? undefined : new Promise(() => {});
    };
  }
}

function isRefused(method: string, connection: ConnectionFacts): boolean {
  const { host, port } = serverOf(connection);
  return noteOutbound(`PostgreSQL ${method}`, host, port);
}

function hasCallback(args: readonly unknown[]): boolean {
  return args.some((arg) => typeof arg === 'function');
}

function serverOf({ host, port, options = {} }: ConnectionFacts): Destination {
  const { connectionString } = options;
  const url =
    typeof connectionString === 'string' && URL.canParse(connectionString)
      ? new URL(connectionString)
      : null;
  const named = host ?? options.host ?? url?.hostname ?? process.env['PGHOST'] ?? 'localhost';
  const numbered = port ?? options.port ?? url?.port ?? process.env['PGPORT'];
  return { host: String(named), port: Number(numbered) || 5432 };
}
