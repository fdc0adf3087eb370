import type { MigrationStatus } from '@falsework/client/contract';
import type { RouteSettings } from '@falsework/config';

/** Why nothing of a route has been compared: a word for scripts. */
export type Unproven =
  | 'write'
  | 'body'
  | 'dry-run'
  | 'follow'
  | 'upgrade'
  | 'unknown'
  | 'overflow'
  | 'method'
  | 'not-yet';

/** Where one route of a running migration stands. */
export interface RouteStanding {
  readonly route: string;
  /** Calls answered since the present step began, by side. */
  readonly legacy: number;
  readonly candidate: number;
  readonly requests: number;
  /** Since the epoch began. */
  readonly compared: number;
  readonly differing: number;
  /** `null` when it is compared. */
  readonly unproven: Unproven | null;
}

/** What the configuration says of routes, by their names. */
export type DeclaredEffects = ReadonlyMap<string, RouteSettings['effects']>;

// Rows that a guard makes of what has no route of its own, under names that no route can have.
const COLLECTIVE: ReadonlyMap<string, Unproven> = new Map([
  ['(upgrades)', 'upgrade'],
  ['(unknown paths)', 'unknown'],
  ['(other reads)', 'overflow'],
  ['(other writes)', 'overflow'],
  ['(unknown methods)', 'overflow'],
]);
const READ = /^(?:GET|HEAD|OPTIONS) \//;
const ROUTE = /^[^a-z\s]+ \//;
// A method of gRPC: pkg.Service/Method.
const METHOD = /^[A-Za-z_][\w.]*\/[A-Za-z_]\w*$/;
const READ_WITH_BODY = / with a body$/;

/**
 * Every route that has had a call in this step or comparisons in this epoch, and those that are
 * declared: unproven ones first, then by traffic. Methods of gRPC are routes here, and seams in
 * code are not. Pure.
 */
export function routeStandings(
  { served, strata }: Pick<MigrationStatus, 'served' | 'strata'>,
  declared: DeclaredEffects,
): RouteStanding[] {
  const calls = new Map(served.map((each) => [each.seam, each]));
  const comparisons = Map.groupBy(strata, ({ seam }) => seam);
  const names = new Set([...declared.keys(), ...calls.keys(), ...comparisons.keys()]);
  const standings = [...names].filter(isRoute).map((route): RouteStanding => {
    const { legacy, candidate } = calls.get(route) ?? { legacy: 0, candidate: 0 };
    const each = comparisons.get(route) ?? [];
    const compared = each.reduce((sum, stratum) => sum + stratum.compared, 0);
    const differing = each.reduce((sum, stratum) => sum + stratum.differing, 0);
    const unproven = compared > 0 ? null : whyUnproven(route, declared);
    return {
      route,
      legacy,
      candidate,
      requests: legacy + candidate,
      compared,
      differing,
      unproven,
    };
  });
  return standings.sort(
    (a, b) =>
      Number(a.unproven === null) - Number(b.unproven === null) ||
      b.requests - a.requests ||
      (a.route < b.route ? -1 : 1),
  );
}

function isRoute(seam: string): boolean {
  return COLLECTIVE.has(seam) || ROUTE.test(seam) || METHOD.test(seam);
}

/**
 * Worked out from the name, which the guard gives by its own rules, and from what is declared: the
 * plane need not say of each route what it already says by its name.
 */
function whyUnproven(route: string, declared: DeclaredEffects): Unproven {
  const collective = COLLECTIVE.get(route);
  if (collective !== undefined) return collective;
  const effects = declared.get(route);
  if (effects === 'undeclared') return 'write';
  if (effects !== undefined) return effects === 'none' ? 'not-yet' : effects;
  if (METHOD.test(route)) return 'method';
  if (READ_WITH_BODY.test(route)) return 'body';
  return READ.test(route) ? 'not-yet' : 'write';
}

/** The reason, in words that end a row. */
export const UNPROVEN_WORDS: Readonly<Record<Unproven, string>> = {
  write: 'a write, to the authority only: declare its effects',
  body: 'a read with a body: declare its effects',
  'dry-run': 'declared dry-run: no comparison yet',
  follow: 'declared follow: fed to the follower, not compared',
  upgrade: 'switches to another protocol: passed on, never compared',
  unknown: 'paths not answered often enough to be a route',
  overflow: 'more paths than are learned: declare the routes that matter',
  method: 'nothing compared: a stream, or nobody declared that it changes nothing',
  'not-yet': 'nothing compared yet (streams of events never are)',
};
