import type { Route } from './route.ts';
import type { RoutePattern } from './route-settings.ts';

interface Node {
  readonly literals: Map<string, Node>;
  param: Node | null;
  /** By method, `ANY` among them. */
  readonly routes: Map<string, Route>;
}

const newNode = (): Node => ({ literals: new Map(), param: null, routes: new Map() });

/**
 * The routes that were declared, found by method and path. Exact text is preferred to a parameter,
 * segment by segment from the left, and a method to `ANY`.
 */
export class DeclaredRoutes {
  readonly #root = newNode();
  #size = 0;

  add({ method, segments }: RoutePattern, route: Route): void {
    let node = this.#root;
    for (const segment of segments) {
      if ('param' in segment) node = node.param ??= newNode();
      else {
        const known = node.literals.get(segment.literal) ?? newNode();
        node.literals.set(segment.literal, known);
        node = known;
      }
    }
    node.routes.set(method, route);
    this.#size += 1;
  }

  /**
   * The route of a request; `null` when none was declared for it. `path` is without its query.
   * O(segments).
   */
  find(method: string, path: string): Route | null {
    if (this.#size === 0) return null;
    return path === '/' ? routeAt(this.#root, method) : find(this.#root, method, path, 1);
  }
}

function find(node: Node, method: string, path: string, from: number): Route | null {
  if (from > path.length) return routeAt(node, method);
  const slash = path.indexOf('/', from);
  const end = slash === -1 ? path.length : slash;
  const literal = node.literals.get(path.slice(from, end));
  const found = literal === undefined ? null : find(literal, method, path, end + 1);
  if (found !== null || node.param === null || end === from) return found;
  return find(node.param, method, path, end + 1);
}

function routeAt({ routes }: Node, method: string): Route | null {
  return routes.get(method) ?? routes.get('ANY') ?? null;
}
