import { isDeepStrictEqual } from 'node:util';
import { type Comparator, createComparator, type Rule } from '@falsework/core/compare';
import { compileRedaction } from '@falsework/core/redact';
import { compileCritical } from '../compare/critical.ts';
import type { LaneSettings } from '../shadow/shadow-lane.ts';
import { NO_PROMISES } from '../writes/write-settings.ts';
import { DeclaredRoutes } from './declared-routes.ts';
import { compileSource, type KeySource, type ReadValue } from './key-source.ts';
import { LearnedRoutes, type LearnedSpec } from './learned-routes.ts';
import { Route, type RouteSpec, type UnprovenReason } from './route.ts';
import type { RoutePattern, RouteSettings } from './route-settings.ts';

/** What the table is made of. */
export interface TableOptions {
  readonly routes: readonly RouteSettings[];
  /** The rules of routes that are not declared. */
  readonly compare: readonly Rule[];
  /** What is taken out of what is kept of them. */
  readonly redact?: readonly string[];
  /** Where a request of an undeclared route names its entity. */
  readonly key: KeySource | null;
  /** Whether shadows carry callers' credentials, where a route does not say. */
  readonly shadowsCarryCredentials?: boolean;
  /** Without it writes are not shadowed as dry runs: there is no place for their interlocks. */
  readonly writes?: unknown;
}

// A comparison is done in one go, and callers wait meanwhile: this many values take about twenty
// milliseconds.
const COMPARISON_NODES_MAX = 200_000;
// Examples are cut after redaction to a tenth of this: a secret that was cut in half would not be
// recognised.
const COMPARISON_TEXT_MAX = 2_000;

const UNPROVEN: Readonly<Record<RouteSettings['effects'], UnprovenReason | null>> = {
  none: null,
  'dry-run': 'dry-run',
  follow: 'follow',
  undeclared: 'write',
};

/** All routes of a guard: the declared ones, and those that are learned from what comes by. */
export class RouteTable {
  readonly #options: TableOptions;
  readonly #declared = new DeclaredRoutes();
  readonly #declaredRoutes: Route[] = [];
  readonly #learned: LearnedRoutes;
  /** Upgrades are one row: each is a conversation of its own, and none is compared. */
  readonly upgrades: Route;
  /**
   * Requests of paths that were taken for routes at first, and of those that no route could be
   * found for.
   */
  readonly unknown: Route;

  /**
   * What is the same as in the table before is taken over from it, with all that was learned and
   * counted. Throws FW_RULE_…, FW_RULES_SHAPE, FW_REDACT_INVALID or FW_PATH_SYNTAX.
   */
  constructor(options: TableOptions, before: RouteTable | null = null) {
    this.#options = options;
    const { routes, compare, redact, key, shadowsCarryCredentials = false } = options;
    const [comparator, redaction] = [comparatorOf(compare), compileRedaction(redact)];
    const readKey = key === null ? null : compileSource(key, () => null);
    const newRoute = (spec: LearnedSpec): Route =>
      new Route({
        ...learnedSpec(spec, { ...learnedLane, comparator, redaction }, readKey),
        shadowsCarryCredentials,
      });
    const fixed = { isRead: false, provenBy: 0, isSettled: () => true } as const;
    const learnt = before?.learnsLike(options) === true ? before : null;
    this.upgrades =
      learnt?.upgrades ?? newRoute({ ...fixed, name: '(upgrades)', unproven: 'upgrade' });
    this.unknown =
      learnt?.unknown ?? newRoute({ ...fixed, name: '(unknown paths)', unproven: 'unknown' });
    this.#learned =
      learnt === null
        ? new LearnedRoutes({ newRoute, dropped: (route) => this.#fold(route) })
        : learnt.#learned;
    for (const settings of routes) {
      const carries = settings.shadowsCarryCredentials ?? shadowsCarryCredentials;
      const route =
        (before === null ? undefined : before.#same(settings, carries)) ??
        new Route({
          ...declaredSpec(settings, (options.writes ?? null) !== null),
          shadowsCarryCredentials: carries,
        });
      this.#declared.add(settings.pattern, route);
      this.#declaredRoutes.push(route);
    }
  }

  /** The route of a request; there always is one. */
  find(method: string, target: string, hasBody: boolean): Route {
    const mark = target.indexOf('?');
    const path = mark === -1 ? target : target.slice(0, mark);
    const declared = this.#declared.find(method, path);
    if (declared !== null) return declared;
    return this.#learned.find(method, path, mark === -1 ? null : target.slice(mark + 1), hasBody);
  }

  /** Every route that has had a request, declared ones first. */
  routes(): Route[] {
    const all = [...this.#declaredRoutes, ...this.#learned.routes(), this.upgrades, this.unknown];
    return all.filter((route, i) => i < this.#declaredRoutes.length || route.requests > 0);
  }

  /** Every route, asked for or not. */
  all(): Route[] {
    return [...this.#declaredRoutes, ...this.#learned.routes(), this.upgrades, this.unknown];
  }

  /** Whether routes that are not declared would be the same with these options. */
  learnsLike(options: TableOptions): boolean {
    return isDeepStrictEqual(defaultsOf(this.#options), defaultsOf(options));
  }

  /** The route that was made of the same settings. */
  #same(settings: RouteSettings, carries: boolean): Route | undefined {
    const at = this.#options.routes.findIndex((each) => isDeepStrictEqual(each, settings));
    const route = this.#declaredRoutes[at];
    return route?.spec.shadowsCarryCredentials === carries ? route : undefined;
  }

  #fold({ counts }: Route): void {
    const into = this.unknown.counts;
    for (const name of Object.keys(into) as (keyof typeof into)[]) into[name] += counts[name];
  }
}

const learnedLane = {
  readStratum: null,
  critical: () => false,
  timeoutMs: null,
  bodyBytesMax: null,
};

/** What decides about routes that are not declared. */
function defaultsOf({ compare, redact = [], key, shadowsCarryCredentials = false }: TableOptions) {
  return { compare, redact, key, shadowsCarryCredentials };
}

function learnedSpec(
  { name, isRead, unproven, provenBy, isSettled }: LearnedSpec,
  lane: LaneSettings,
  readKey: ReadValue | null,
): Omit<RouteSpec, 'shadowsCarryCredentials'> {
  const operation = isRead ? 'read' : 'write';
  return { name, operation, unproven, provenBy, isSettled, sample: null, readKey, lane };
}

function declaredSpec(
  settings: RouteSettings,
  hasInterlocks: boolean,
): Omit<RouteSpec, 'shadowsCarryCredentials'> {
  const isDryRun = settings.effects === 'dry-run' && hasInterlocks;
  const { seam, pattern, effects, sample, compare, redact, key, stratum, critical, timeoutMs } =
    settings;
  const comparator = comparatorOf(compare);
  const paramAt = (name: string): number | null => indexOfParam(pattern, name);
  return {
    name: seam,
    operation: effects === 'none' ? 'read' : 'write',
    unproven: isDryRun ? null : UNPROVEN[effects],
    provenBy: 0,
    sample,
    readKey: key === null ? null : compileSource(key, paramAt),
    canShift: settings.canShift ?? true,
    beginsWorkflow: settings.beginsWorkflow ?? false,
    isTranslated: isTranslated(settings),
    follow: effects === 'follow' ? (settings.writes ?? NO_PROMISES) : null,
    lane: {
      comparator: settings.around?.(comparator) ?? comparator,
      redaction: compileRedaction(redact),
      readStratum: stratum === null ? null : compileSource(stratum, paramAt),
      critical: compileCritical(critical),
      isDryRun,
      timeoutMs,
      bodyBytesMax: settings.maxBodyBytes ?? null,
    },
  };
}

/** True when callers and the candidate call the things of this route by two names. */
function isTranslated({ identifiers }: RouteSettings): boolean {
  return Object.values(identifiers ?? {}).some((places) => Object.keys(places ?? {}).length > 0);
}

function indexOfParam({ segments }: RoutePattern, name: string): number | null {
  const at = segments.findIndex((segment) => 'param' in segment && segment.param === name);
  return at === -1 ? null : at;
}

function comparatorOf(rules: readonly Rule[]): Comparator {
  const limits = { nodesMax: COMPARISON_NODES_MAX, textLengthMax: COMPARISON_TEXT_MAX };
  return createComparator({ rules, limits });
}
