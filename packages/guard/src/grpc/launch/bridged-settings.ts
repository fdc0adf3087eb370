import type { Comparator } from '@falsework/core/compare';
import type { RouteSettings } from '../../routes/route-settings.ts';
import { bridgedComparator } from '../bridge/bridged-comparator.ts';
import { type BridgedRoute, bridgedRoutes } from '../bridge/bridged-routes.ts';
import { type DescriptorSet, pathOfMethod } from '../descriptors/load-descriptor-set.ts';
import type { HttpBinding } from '../rest/http-rules.ts';
import type { RestTable } from '../rest/rest-table.ts';
import type { AnyGuardOptions } from './grpc-settings.ts';

/**
 * The routes of a guard in front of a bridge: the declared ones, then those of the annotations that
 * nobody declared. All of them compare canonical JSON. Throws FW_GRPC_NAME_UNKNOWN for a method in
 * `grpc.methods` that the descriptors lack.
 */
export function bridgedSettings(
  options: AnyGuardOptions,
  table: RestTable,
  descriptors: DescriptorSet,
): RouteSettings[] {
  for (const name of Object.keys(options.grpc?.methods ?? {})) descriptors.method(name);
  const offered = new Map(bridgedRoutes(table).map((route) => [shapeOf(route), route]));
  const declared = (options.routes ?? []).map((settings) => {
    const { method, segments } = settings.pattern;
    const route = offered.get(shapeOf({ method, segments }));
    return route === undefined ? settings : { ...settings, ...canonicalising(route, descriptors) };
  });
  const taken = new Set(
    declared.map(({ pattern: { method, segments } }) => shapeOf({ method, segments })),
  );
  const others = [...offered].filter(([shape]) => !taken.has(shape));
  return [...declared, ...others.map(([, route]) => settingsOf(route, options, descriptors))];
}

function settingsOf(
  route: BridgedRoute,
  { grpc, compare = [], redact = [], key = null }: AnyGuardOptions,
  descriptors: DescriptorSet,
): RouteSettings {
  const { binding, method, segments, isRead } = route;
  const own = grpc?.methods?.[pathOfMethod(binding.method).slice(1)] ?? {};
  const path = segments.map((each) => ('param' in each ? `{${each.param}}` : each.literal));
  return {
    seam: `${method} /${path.join('/')}`,
    pattern: { method, segments },
    effects: own.effects ?? (isRead ? 'none' : 'undeclared'),
    sample: own.sample ?? null,
    compare: [...compare, ...(own.compare ?? [])],
    redact: [...redact, ...(own.redact ?? [])],
    key,
    stratum: null,
    critical: own.critical ?? [],
    shadowsCarryCredentials: own.shadowsCarryCredentials ?? null,
    timeoutMs: own.timeoutMs ?? null,
    ...canonicalising(route, descriptors),
  };
}

// The same function for the same binding: a reload must find routes equal that nobody changed.
const AROUND = new WeakMap<HttpBinding, (comparator: Comparator) => Comparator>();

function canonicalising({ binding }: BridgedRoute, { registry }: DescriptorSet) {
  const known = AROUND.get(binding);
  const around =
    known ?? ((comparator: Comparator) => bridgedComparator(binding, registry, comparator));
  AROUND.set(binding, around);
  return { around };
}

/** One text for all routes that the same requests meet: what parameters are called is all one. */
function shapeOf({ method, segments }: Pick<BridgedRoute, 'method' | 'segments'>): string {
  const path = segments.map((each) => ('param' in each ? '{}' : each.literal));
  return `${method} /${path.join('/')}`;
}
