import { isSettled, type PathNode, PathTree } from './path-tree.ts';
import { queryNames, rawQueryNames } from './query-names.ts';
import type { Route, UnprovenReason } from './route.ts';

/** What is learned at one path template. */
interface LearnedPlace {
  readonly node: PathNode<LearnedPlace>;
  /** By method and, for reads, the names of the query. */
  readonly routes: Map<string, Route>;
  /** The part of the name that stands for a query, by its names in the order given. */
  readonly queries: Map<string, string>;
  /** The different ones among them. */
  readonly suffixes: Set<string>;
}

/** A route that was learned, before it is made. */
export interface LearnedSpec {
  readonly name: string;
  readonly isRead: boolean;
  readonly unproven: UnprovenReason | null;
  readonly provenBy: number;
  readonly isSettled: () => boolean;
}

/** What learning asks of its owner. */
export interface LearnedOptions {
  readonly newRoute: (spec: LearnedSpec) => Route;
  /** Called with a route whose path turned out to be one of another template. */
  readonly dropped: (route: Route) => void;
}

// A service has hundreds of paths, not thousands; the tree costs some hundred bytes a node.
const NODES_MAX = 2_000;
// Queries with more different sets of names than this are filters that are combined at will: one
// seam.
const SUFFIXES_MAX = 4;
const ANY_QUERY = '?…';
const QUERIES_CACHED_MAX = 64;
const ROUTES_PER_PLACE_MAX = 16;

/** DESIGN section 6: these methods are reads, and nothing else is guessed. */
function isReadMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/**
 * Seams that nobody declared, found by their paths: `GET /orders/{id}`, `GET /orders?page=`.
 * Bounded, whatever comes.
 */
export class LearnedRoutes {
  readonly #newRoute: LearnedOptions['newRoute'];
  readonly #tree: PathTree<LearnedPlace>;
  readonly #otherReads: Route;
  readonly #otherWrites: Route;

  constructor({ newRoute, dropped }: LearnedOptions) {
    this.#newRoute = newRoute;
    const other = { unproven: 'overflow', provenBy: 0, isSettled: () => true } as const;
    this.#otherReads = newRoute({ ...other, name: '(other reads)', isRead: true });
    this.#otherWrites = newRoute({ ...other, name: '(other writes)', isRead: false });
    this.#tree = new PathTree<LearnedPlace>({
      newPlace: (node) => ({
        node,
        routes: new Map(),
        queries: new Map(),
        suffixes: new Set(),
      }),
      isProven: ({ routes }) => [...routes.values()].some((route) => route.isProven),
      dropped: ({ routes }) => {
        for (const route of routes.values()) dropped(route);
      },
      nodesMax: NODES_MAX,
    });
  }

  /** The route of a request that no declared one takes. `path` is without its query. */
  find(method: string, path: string, query: string | null, hasBody: boolean): Route {
    const isRead = isReadMethod(method) && !hasBody;
    // A target that is not a path, such as `*`, has no template.
    const place = path.startsWith('/') ? this.#tree.find(path) : null;
    if (place === null) return this.#otherOf(isRead);
    const suffix = isRead && query !== null ? suffixOf(place, query) : '';
    const key = hasBody ? `${method} body` : `${method}${suffix}`;
    const known = place.routes.get(key);
    if (known !== undefined) return known;
    if (place.routes.size >= ROUTES_PER_PLACE_MAX) return this.#otherOf(isRead);
    const isBodyOnRead = hasBody && isReadMethod(method);
    const route = this.#newRoute({
      name: `${method} ${place.node.template}${suffix}${isBodyOnRead ? ' with a body' : ''}`,
      isRead,
      unproven: isBodyOnRead ? 'body' : isRead ? null : 'write',
      provenBy: place.node.provenBy,
      isSettled: () => isSettled(place.node),
    });
    place.routes.set(key, route);
    return route;
  }

  /** All of them, those beyond the bound included. */
  routes(): Route[] {
    const learned = this.#tree.places().flatMap(({ routes }) => [...routes.values()]);
    return [...learned, this.#otherReads, this.#otherWrites];
  }

  #otherOf(isRead: boolean): Route {
    return isRead ? this.#otherReads : this.#otherWrites;
  }
}

function suffixOf({ queries, suffixes }: LearnedPlace, query: string): string {
  const key = rawQueryNames(query);
  const known = queries.get(key);
  if (known !== undefined) return known;
  let suffix = queryNames(query) ?? ANY_QUERY;
  if (suffix !== '' && !suffixes.has(suffix)) {
    if (suffixes.size >= SUFFIXES_MAX) suffix = ANY_QUERY;
    else suffixes.add(suffix);
  }
  if (queries.size < QUERIES_CACHED_MAX) queries.set(key, suffix);
  return suffix;
}
