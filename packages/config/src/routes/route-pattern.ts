/**
 * The methods that a pattern may name. `CONNECT` asks for a tunnel and `TRACE` for an echo: neither
 * has an answer to compare.
 */
export const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export type Method = (typeof METHODS)[number];

/**
 * One piece of a path between slashes: exact text, still percent-encoded, or a named parameter that
 * takes any text.
 */
export type RouteSegment = { readonly literal: string } | { readonly param: string };

/** A route, taken apart: `GET /orders/{id}`. Matching requests against it is the guard's work. */
export interface RoutePattern {
  readonly method: Method | 'ANY';
  /** Empty for `/`. A trailing slash is a segment of its own, with an empty literal. */
  readonly segments: readonly RouteSegment[];
}

/** Why a pattern was refused: what was expected in its place. */
export interface PatternRefusal {
  readonly expected: string;
}

const SHAPE = /^([A-Za-z]+) (\/\S*)$/;
const PARAM = /^\{([A-Za-z_][A-Za-z0-9_]{0,63})\}$/;
// RFC 3986's pchar: unreserved, percent-encoded, sub-delims, ":" and "@".
const LITERAL = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*$/;

// A request line of 8 kB is what servers accept; no route that a person writes comes near.
const PATTERN_LENGTH_MAX = 1_024;

const EXPECTED_SHAPE =
  'METHOD /path/{param}: the method in capitals or ANY, one blank, a path without query or fragment';

/**
 * Takes a route's pattern apart: `GET /orders/{id}/lines`, `ANY /health`. Braces take a whole
 * segment, and no name twice. Returns what was expected instead of throwing, because a
 * configuration reports its problems together.
 */
export function parseRoutePattern(text: string): RoutePattern | PatternRefusal {
  const [, method, path] = text.length <= PATTERN_LENGTH_MAX ? (SHAPE.exec(text) ?? []) : [];
  if (method === undefined || path === undefined) return { expected: EXPECTED_SHAPE };
  if (!isMethod(method)) return { expected: `${METHODS.join(', ')} or ANY before the path` };
  const pieces = path === '/' ? [] : path.slice(1).split('/');
  const segments: RouteSegment[] = [];
  const params = new Set<string>();
  for (const [i, piece] of pieces.entries()) {
    const param = PARAM.exec(piece)?.[1];
    if (param === undefined) {
      const refused = refuseLiteral(piece, i === pieces.length - 1);
      if (refused) return { expected: refused };
      segments.push({ literal: piece });
      continue;
    }
    if (params.has(param)) return { expected: `a pattern that names {${param}} once` };
    params.add(param);
    segments.push({ param });
  }
  return { method, segments };
}

/** True for what {@link parseRoutePattern} hands back when a pattern is not one. */
export function isRefusal(parsed: RoutePattern | PatternRefusal): parsed is PatternRefusal {
  return 'expected' in parsed;
}

/**
 * The pattern with its parameters' names left out. Two routes with one shape take the same
 * requests.
 */
export function shapeOf({ method, segments }: RoutePattern): string {
  const pieces = segments.map((segment) => ('param' in segment ? '{}' : segment.literal));
  return `${method} /${pieces.join('/')}`;
}

/** The names of a pattern's parameters, in order. */
export function paramsOf({ segments }: RoutePattern): readonly string[] {
  return segments.flatMap((segment) => ('param' in segment ? [segment.param] : []));
}

function isMethod(text: string): text is Method | 'ANY' {
  return text === 'ANY' || (METHODS as readonly string[]).includes(text);
}

function refuseLiteral(piece: string, isLast: boolean): string | null {
  if (piece === '' && !isLast) return 'a path without empty segments';
  // Clients resolve these before they send, so a route with one would never see a request.
  if (piece === '.' || piece === '..') return 'a path without . and .. segments';
  if (/[{}]/.test(piece)) return 'braces around a whole segment, as in /orders/{id}';
  if (/[?#]/.test(piece)) return EXPECTED_SHAPE;
  return LITERAL.test(piece) ? null : 'a path of letters, digits and -._~, others percent-encoded';
}
