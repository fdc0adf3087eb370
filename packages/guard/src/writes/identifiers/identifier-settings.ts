import { fault } from '@falsework/core/errors';
import { type ScalarPath, scalarPath } from './scalar-path.ts';

/** Where an identifier stands in requests of a route, or in answers, for comparing. */
export type IdentifierUse =
  | { readonly in: 'path'; readonly route: string; readonly param: string }
  | { readonly in: 'query'; readonly route: string; readonly name: string }
  | { readonly in: 'body' | 'answer'; readonly route: string; readonly path: string };

/** A kind of thing whose identifiers each side generates for itself. */
export interface IdentifierSettings {
  readonly kind: string;
  /** Answers in which a new one is found, on both sides, by one JSONPath. */
  readonly learn: readonly { readonly route: string; readonly path: string }[];
  readonly use: readonly IdentifierUse[];
}

/** A place of an identifier in a JSON document. */
export interface KindAt {
  readonly kind: string;
  readonly at: ScalarPath;
}

/** Everything declared about one route. */
export interface RouteIdentifiers {
  readonly learn: KindAt[];
  /** By the number of the segment, from 1 for the first. */
  readonly segments: Map<number, string>;
  readonly query: Map<string, string>;
  readonly body: KindAt[];
  readonly answer: KindAt[];
}

/**
 * Sorts declared identifiers by route. Routes are named as in the configuration, `PUT
 * /orders/{id}`. Throws FW_WRITE_IDENTIFIER or FW_PATH_SYNTAX.
 */
export function identifiersByRoute(
  settings: readonly IdentifierSettings[],
): Map<string, RouteIdentifiers> {
  const routes = new Map<string, RouteIdentifiers>();
  const of = (route: string): RouteIdentifiers => {
    const known = routes.get(route) ?? {
      learn: [],
      segments: new Map(),
      query: new Map(),
      body: [],
      answer: [],
    };
    routes.set(route, known);
    return known;
  };
  for (const { kind, learn, use } of settings) {
    for (const { route, path } of learn) {
      const at = scalarPath(path);
      if (at.steps.includes(null)) {
        throw wrong(kind, `${path} may lead to several, and two sides may order them differently`);
      }
      of(route).learn.push({ kind, at });
    }
    for (const one of use) addUse(of(one.route), kind, one);
  }
  return routes;
}

function addUse(route: RouteIdentifiers, kind: string, use: IdentifierUse): void {
  switch (use.in) {
    case 'path':
      route.segments.set(segmentOf(kind, use.route, use.param), kind);
      return;
    case 'query':
      route.query.set(use.name, kind);
      return;
    case 'body':
    case 'answer':
      route[use.in].push({ kind, at: scalarPath(use.path) });
  }
}

function segmentOf(kind: string, route: string, param: string): number {
  const [, template = ''] = route.split(' ');
  const segment = template.split('/').indexOf(`{${param}}`);
  if (segment === -1) throw wrong(kind, `${route} has no parameter {${param}}`);
  return segment;
}

function wrong(kind: string, because: string): Error {
  return fault('FW_WRITE_IDENTIFIER', { got: `of the kind ${JSON.stringify(kind)}`, because });
}
