import { isDeepStrictEqual } from 'node:util';
import { fault } from '@falsework/core/errors';
import type { Side } from '@falsework/core/routing';
import type { Entrance } from '../http/entrance.ts';
import type { ServingContext } from '../http/exchange.ts';
import { Upstream } from '../http/upstream.ts';
import type { GuardSettings } from '../options/check-options.ts';
import type { Route } from '../routes/route.ts';
import { RouteTable } from '../routes/route-table.ts';
import type { ShadowContext } from '../shadow/shadow-lane.ts';
import type { HealthChecks } from '../sides/health-checks.ts';
import { contextsOf, healthOf, type Upstreams } from './fittings.ts';

/** Those parts of a guard that new settings replace, or change. */
export interface Renewable {
  settings: GuardSettings;
  table: RouteTable;
  upstreams: Upstreams;
  health: HealthChecks;
  /** Routes that are no longer asked for, as far as something of them may still be under way. */
  retired: readonly Route[];
  readonly entrance: Entrance;
  readonly serving: ServingContext;
  readonly shadowing: ShadowContext;
  /** Anything while writes are followed, whose journal belongs to both sides as they are. */
  readonly follow?: unknown;
}

const SIDES = ['legacy', 'candidate'] as const satisfies readonly Side[];
// Connections are made by these, or something is kept in them.
const FIXED = ['host', 'port', 'tls', 'captureBytesMax', 'snapshot', 'writes'] as const;
const FIXED_LIMITS = [
  'headBytesMax',
  'headTimeoutMs',
  'bodyTimeoutMs',
  'idleTimeoutMs',
  'connectionsMax',
] as const;

/**
 * Goes over to new settings without an end to any connection: requests under way go on by what they
 * began with, and the next one goes by the new. Routes whose settings are the same stay what they
 * are, with what was learned and counted. Throws FW_GUARD_RELOAD, or what wrong rules and paths
 * throw; nothing was changed then.
 */
export function renew(parts: Renewable, settings: GuardSettings): void {
  refuseFixed(parts.settings, settings);
  refuseFollowed(parts.settings, settings);
  const table = new RouteTable(settings, parts.table);
  const changed = SIDES.filter((side) => isChanged(side, parts.settings, settings));
  if (changed.length > 0 && parts.follow) throw refusal('sides', 'its writes are followed');
  // Nothing fails from here on.
  const upstreams = { ...parts.upstreams, ...renewedSides(changed, settings) };
  const { serving, shadowing } = contextsOf(settings, upstreams, parts.shadowing);
  // In place: lanes and requests under way hold on to them.
  Object.assign(parts.serving, serving);
  Object.assign(parts.shadowing, shadowing);
  parts.entrance.adopt({ table, limits: settings.limits, forwarded: settings.forwarded });
  renewHealth(parts, settings, upstreams);
  const kept = new Set(table.all());
  parts.retired = [...parts.retired, ...parts.table.all().filter((route) => !kept.has(route))];
  // What they are in the middle of they bring to its end.
  for (const side of changed) void parts.upstreams[side].close();
  Object.assign(parts, { settings, table, upstreams });
}

function refuseFixed(before: GuardSettings, after: GuardSettings): void {
  // The same one, that is: it holds connections, and comparisons under way hold marks of it.
  if (before.fence !== after.fence) throw refusal('fence', 'reads are under way that wait for it');
  for (const name of FIXED) {
    // `writes` comes with guards that follow.
    if (!isDeepStrictEqual(valueOf(before, name), valueOf(after, name))) throw refusal(name);
  }
  for (const name of FIXED_LIMITS) {
    if (before.limits[name] !== after.limits[name]) throw refusal(`limits.${name}`);
  }
}

/** What the journal and its interlocks were opened for, they were opened for once. */
function refuseFollowed(before: GuardSettings, after: GuardSettings): void {
  const [old, next] = [before, after].map(followedBy);
  if (isDeepStrictEqual(old, next)) return;
  throw refusal('routes', 'the journal of writes is kept by what they say of their writes');
}

function followedBy({ routes, writes }: GuardSettings): unknown {
  if (writes === null) return null;
  return routes
    .filter(
      ({ effects, identifiers, beginsWorkflow }) =>
        effects === 'follow' || effects === 'dry-run' || identifiers || beginsWorkflow,
    )
    .map(({ seam, effects, writes: promises, identifiers, key }) => {
      return { seam, effects, promises, identifiers, key };
    });
}

function valueOf(settings: GuardSettings, name: string): unknown {
  return (settings as unknown as Readonly<Record<string, unknown>>)[name];
}

function refusal(setting: string, because = 'connections are made by it'): Error {
  const name = setting === 'snapshot' ? 'sample' : setting;
  return fault('FW_GUARD_RELOAD', { setting: name, because });
}

function isChanged(side: Side, before: GuardSettings, after: GuardSettings): boolean {
  return before[side] !== after[side] || !isDeepStrictEqual(before.sides[side], after.sides[side]);
}

function renewedSides(
  changed: readonly Side[],
  settings: GuardSettings,
): Partial<Record<Side, Upstream>> {
  return Object.fromEntries(
    changed.map((side) => [side, new Upstream(side, settings[side], settings.sides[side])]),
  );
}

function renewHealth(parts: Renewable, settings: GuardSettings, upstreams: Upstreams): void {
  const { health, buildHeader } = parts.settings;
  const isSame =
    isDeepStrictEqual([health, buildHeader], [settings.health, settings.buildHeader]) &&
    SIDES.every((side) => parts.upstreams[side] === upstreams[side]);
  if (isSame) return;
  parts.health.stop();
  parts.health = healthOf(settings, upstreams, parts.shadowing);
  parts.health.start();
}
