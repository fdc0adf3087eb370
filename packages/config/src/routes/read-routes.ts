import { toRouteWrites } from '../build-writes.ts';
import { type ConfigProblem, problem, quoted, type SettingPath } from '../problems.ts';
import type { GuardSection, RouteSection } from '../schema/guard-schema.ts';
import type { Sections } from '../schema/migration-schema.ts';
import type { RouteSettings } from '../settings.ts';
import {
  isRefusal,
  paramsOf,
  parseRoutePattern,
  type RoutePattern,
  shapeOf,
} from './route-pattern.ts';

/** The routes that could be read, and what is wrong with the others. */
export interface ReadRoutes {
  readonly routes: readonly RouteSettings[];
  readonly problems: readonly ConfigProblem[];
}

// The safe methods of RFC 9110 that DESIGN calls reads; nothing else is guessed from a method.
const READS: readonly RoutePattern['method'][] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Takes the patterns apart, gives each route what it shares with all, and checks it against its
 * neighbours.
 */
export function readRoutes({ guard, store }: Partial<Sections>): ReadRoutes {
  const routes: RouteSettings[] = [];
  const problems: ConfigProblem[] = [];
  const takenBy = new Map<string, string>();
  for (const [text, section] of Object.entries(guard?.routes ?? {})) {
    const at = ['guard', 'routes', text];
    const pattern = parseRoutePattern(text);
    if (isRefusal(pattern)) {
      const found = `named ${quoted(text)}`;
      problems.push(problem('FW_CONFIG_VALUE', at, { found, expected: pattern.expected }));
      continue;
    }
    const shape = shapeOf(pattern);
    const other = takenBy.get(shape);
    takenBy.set(shape, text);
    problems.push(
      ...(other === undefined ? [] : [sameRequests(at, other)]),
      ...checkParams(at, pattern, section),
      ...checkEffects(at, section, store),
    );
    if (guard !== undefined) routes.push(toRoute(text, pattern, section, guard));
  }
  return { routes, problems };
}

function sameRequests(at: SettingPath, other: string): ConfigProblem {
  const expected = 'one route for each shape of path';
  return problem('FW_CONFIG_ROUTE', at, {
    found: `for the same requests as ${quoted(other)}`,
    expected,
  });
}

/**
 * A parameter that the path does not have would make every key, or every stratum, of the route
 * empty.
 */
function checkParams(
  at: SettingPath,
  pattern: RoutePattern,
  section: RouteSection,
): ConfigProblem[] {
  const params = paramsOf(pattern);
  return (['key', 'stratum'] as const).flatMap((use) => {
    const source = section[use];
    if (source?.from !== 'path' || params.includes(source.name)) return [];
    const has = params.length === 0 ? 'it has none' : `it has ${params.join(', ')}`;
    const expected = `a parameter of its own path (${has})`;
    const found = `path('{${source.name}}')`;
    return [problem('FW_CONFIG_ROUTE', [...at, use], { found, expected })];
  });
}

function checkEffects(
  at: SettingPath,
  { effects }: RouteSection,
  store: Sections['store'] | undefined,
): ConfigProblem[] {
  if (effects !== 'follow' || store !== 'shared') return [];
  const expected = "store: 'separate', because over a shared store there is nothing to feed";
  return [problem('FW_CONFIG_ROUTE', [...at, 'effects'], { found: '"follow"', expected })];
}

function toRoute(
  text: string,
  pattern: RoutePattern,
  section: RouteSection,
  guard: GuardSection,
): RouteSettings {
  const isRead = READS.includes(pattern.method);
  const { critical } = section;
  return {
    seam: text,
    pattern,
    effects: section.effects ?? (isRead ? 'none' : 'undeclared'),
    sample: section.sample ?? null,
    // The route's own come last: of two rules of one name the later stands.
    compare: [...guard.compare, ...section.compare],
    redact: [...new Set([...guard.redact, ...section.redact])],
    key: section.key ?? guard.key ?? null,
    stratum: section.stratum ?? null,
    critical: critical === false ? [] : critical,
    timeoutMs: section.timeout ?? null,
    maxBodyBytes: section.maxBody ?? null,
    shadowsCarryCredentials: section.shadowsCarryCredentials ?? null,
    ...toRouteWrites(section),
  };
}
