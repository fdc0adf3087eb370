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

  /** Throws FW_RULE_…, FW_RULES_SHAPE, FW_REDACT_INVALID or FW_PATH_SYNTAX. */
  constructor(options: TableOptions) {
    const { routes, compare, redact, key, shadowsCarryCredentials = false } = options;
    const [comparator, redaction] = [comparatorOf(compare), compileRedaction(redact)];
    const readKey = key === null ? null : compileSource(key, () => null);
    const newRoute = (spec: LearnedSpec): Route =>
      new Route({
        ...learnedSpec(spec, { ...learnedLane, comparator, redaction }, readKey),
        shadowsCarryCredentials,
      });
    const fixed = { isRead: false, provenBy: 0, isSettled: () => true } as const;
    this.upgrades = newRoute({ ...fixed, name: '(upgrades)', unproven: 'upgrade' });
    this.unknown = newRoute({ ...fixed, name: '(unknown paths)', unproven: 'unknown' });
    this.#learned = new LearnedRoutes({ newRoute, dropped: (route) => this.#fold(route) });
    for (const settings of routes) {
      const carries = settings.shadowsCarryCredentials ?? shadowsCarryCredentials;
      const route = new Route({
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

  #fold({ counts }: Route): void {
    const into = this.unknown.counts;
    for (const name of Object.keys(into) as (keyof typeof into)[]) into[name] += counts[name];
  }
}

const learnedLane = { readStratum: null, critical: () => false, timeoutMs: null };

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
    isTranslated: isTranslated(settings),
    follow: effects === 'follow' ? (settings.writes ?? NO_PROMISES) : null,
    lane: {
      comparator: settings.around?.(comparator) ?? comparator,
      redaction: compileRedaction(redact),
      readStratum: stratum === null ? null : compileSource(stratum, paramAt),
      critical: compileCritical(critical),
      isDryRun,
      timeoutMs,
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
