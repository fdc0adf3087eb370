import {
  isRefusal,
  METHODS,
  type Method,
  paramsOf,
  parseRoutePattern,
  shapeOf,
} from '../routes/route-pattern.ts';
import { followed, isJson, type Json, listOf, membersOf } from './json.ts';
import type { OpenapiDocument } from './read-openapi.ts';

/** One operation of a document, as a route that the guard could have. */
export interface ImportedRoute {
  /** `GET /orders/{id}` */
  readonly route: string;
  /** `none` for what reads by its method; nothing is guessed of anything else. */
  readonly effects: 'none' | 'undeclared';
  /** Parameters of the path that may name the entity, the outermost first. */
  readonly keys: readonly string[];
  /** What it answers with, by the document: `application/json`. */
  readonly answers: readonly string[];
  /** What it is called there. */
  readonly operation: string | null;
}

/** An operation that makes no route, and why. */
export interface SkippedRoute {
  readonly route: string;
  readonly because: string;
}

export interface ImportedRoutes {
  readonly routes: readonly ImportedRoute[];
  readonly skipped: readonly SkippedRoute[];
}

export interface ImportOptions {
  /** What stands before every path; left out, the path of the first server that is named. */
  readonly prefix?: string;
}

// DESIGN section 6: these are reads, and nothing else is guessed from a method.
const READS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
// Those that a document can have and no route: an echo has no answer to compare.
const UNROUTABLE: readonly string[] = ['TRACE'];
// Each is a seam with evidence of its own, and no service has more.
const ROUTES_MAX = 5_000;

/**
 * The routes of a document, in its order, and what was left out with the reason. Pure.
 * O(operations).
 */
export function importRoutes(
  { root }: OpenapiDocument,
  { prefix }: ImportOptions = {},
): ImportedRoutes {
  const routes: ImportedRoute[] = [];
  const skipped: SkippedRoute[] = [];
  const taken = new Map<string, string>();
  for (const operation of operationsOf(root)) {
    const { method, path, servers } = operation;
    const text = `${method} ${joined(prefix ?? serverPath(servers), renamed(path))}`;
    const read = routeOf(root, operation, text, taken);
    if (typeof read === 'string') skipped.push({ route: text, because: read });
    else if (routes.length < ROUTES_MAX) routes.push(read);
    else skipped.push({ route: text, because: `there are ${ROUTES_MAX} routes before it` });
  }
  return { routes, skipped };
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly servers: unknown;
  readonly operation: Json;
}

function operationsOf(root: Json): Operation[] {
  const known: readonly string[] = [...METHODS, ...UNROUTABLE];
  return membersOf(root['paths']).flatMap(([path, referred]) => {
    const item = followed(root, referred);
    return membersOf(item).flatMap(([name, operation]) => {
      const method = name.toUpperCase();
      if (!path.startsWith('/') || name === method || !known.includes(method)) return [];
      if (!isJson(operation)) return [];
      const servers = operation['servers'] ?? (item as Json)['servers'] ?? root['servers'];
      return [{ method, path, servers, operation }];
    });
  });
}

/** The route of an operation; a text says why there is none. */
function routeOf(
  root: Json,
  { method, operation }: Operation,
  text: string,
  taken: Map<string, string>,
): ImportedRoute | string {
  if (UNROUTABLE.includes(method)) return 'it has no answer to compare';
  const pattern = parseRoutePattern(text);
  if (isRefusal(pattern)) return `the guard takes ${pattern.expected}`;
  const shape = shapeOf(pattern);
  const other = taken.get(shape);
  if (other !== undefined) return `it takes the same requests as ${other}`;
  taken.set(shape, text);
  const id = operation['operationId'];
  return {
    route: text,
    effects: READS.includes(method as Method) ? 'none' : 'undeclared',
    // What is named first is, as a rule, what the others belong to.
    keys: paramsOf(pattern),
    answers: answersOf(root, operation),
    operation: typeof id === 'string' ? id : null,
  };
}

/** The content types of all answers, once each, those of success before those of errors. */
function answersOf(root: Json, operation: Json): string[] {
  const answers = membersOf(operation['responses']);
  const isSuccess = ([status]: [string, unknown]): boolean => /^[123]/.test(status);
  const ordered = [...answers.filter(isSuccess), ...answers.filter((each) => !isSuccess(each))];
  const types = ordered.flatMap(([, referred]) => {
    const answer = followed(root, referred);
    return isJson(answer) ? membersOf(answer['content']).map(([type]) => type) : [];
  });
  return [...new Set(types)].slice(0, 10);
}

/**
 * The path of the first server, with the defaults of its variables: the guard stands before the
 * service, so what a client puts before each path is part of it.
 */
function serverPath(servers: unknown): string {
  const [first] = listOf(servers);
  if (!isJson(first) || typeof first['url'] !== 'string') return '';
  const variables = new Map(membersOf(first['variables']));
  const url = first['url'].replaceAll(/\{([^{}]*)\}/g, (_whole, name: string) => {
    const variable = variables.get(name);
    // Not declared, and seen to be wrong by whoever reads the routes.
    return isJson(variable) ? String(variable['default']) : 'unknown';
  });
  // A relative address is relative to where the document is served, which nobody knows here.
  const base = URL.parse(url, 'http://service/');
  return base === null ? '' : base.pathname;
}

function joined(prefix: string, path: string): string {
  const before = prefix.replace(/\/+$/, '');
  return before === '' || before.startsWith('/') ? `${before}${path}` : `/${before}${path}`;
}

/**
 * Parameters under names that a route can have: `{order-id}` becomes `{order_id}`, and a second
 * one of a name gets a number. What is not a whole segment stays, and is refused for that.
 */
function renamed(path: string): string {
  const seen = new Set<string>();
  return path.replaceAll(/(?<=\/)\{([^{}/]+)\}(?=\/|$)/g, (_whole, name: string) => {
    const plain = name
      .replaceAll(/\W/g, '_')
      .replace(/^(?=\d)/, '_')
      .slice(0, 60);
    let own = plain;
    for (let next = 2; seen.has(own); next += 1) own = `${plain}${next}`;
    seen.add(own);
    return `{${own}}`;
  });
}
