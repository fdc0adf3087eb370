import { type PathQuery, parsePath } from '@falsework/core/compare';
import { isFalseworkError } from '@falsework/core/errors';
import { nearestName } from '@falsework/core/text';
import { type ConfigProblem, problem, quoted, type SettingPath } from '../problems.ts';
import { isRefusal, paramsOf, parseRoutePattern } from '../routes/route-pattern.ts';
import type { RouteSection } from '../schema/guard-schema.ts';
import type { Sections } from '../schema/migration-schema.ts';
import type { IdentifiersSection } from '../schema/writes-schema.ts';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What routes say of their writes fits their effect, the stores, and what others say. */
export function checkWrites({ guard, store }: Partial<Sections>): ConfigProblem[] {
  if (guard === undefined) return [];
  const learned = new Set(
    Object.values(guard.routes).flatMap(({ identifiers }) =>
      Object.values(identifiers?.learn ?? {}),
    ),
  );
  return Object.entries(guard.routes).flatMap(([text, section]) => {
    const at = ['guard', 'routes', text];
    return [
      ...checkFollowing(at, section),
      ...checkOutcomes(at, section),
      ...checkShift(at, text, section, store),
      ...(section.identifiers ? checkIdentifiers(at, text, section.identifiers, learned) : []),
    ];
  });
}

/** What only the journal makes use of, on a route that it never sees. */
function checkFollowing(at: SettingPath, section: RouteSection): ConfigProblem[] {
  if (section.effects === 'follow') return [];
  const said: [string, unknown][] = [
    ['idempotent', section.idempotent],
    ['outcomes', section.outcomes],
    ['identifiers.learn', any(section.identifiers?.learn)],
    ['identifiers.body', any(section.identifiers?.body)],
  ];
  return said.flatMap(([name, value]) => {
    if (value === undefined) return [];
    const expected = 'effects: follow beside it: only writes that are followed have any use for it';
    return [wrong([...at, ...name.split('.')], 'set', expected)];
  });
}

function any(places: Readonly<Record<string, string>> = {}): true | undefined {
  return Object.keys(places).length > 0 ? true : undefined;
}

function checkOutcomes(at: SettingPath, { outcomes = {} }: RouteSection): ConfigProblem[] {
  return Object.keys(outcomes).flatMap((status) => {
    if (/^[2-5](?:\d\d|xx)$/.test(status)) return [];
    return [wrong([...at, 'outcomes'], quoted(status), 'a status, such as 500, or a class, 5xx')];
  });
}

/** One authority for each entity: over two stores a write that moved alone would be in one only. */
function checkShift(
  at: SettingPath,
  text: string,
  { shift, effects }: RouteSection,
  store: Sections['store'] | undefined,
): ConfigProblem[] {
  if (shift === undefined) return [];
  const isRead =
    effects === 'none' || (effects === undefined && READS.has(text.split(' ')[0] ?? ''));
  if (isRead) return [wrong([...at, 'shift'], String(shift), 'nothing: reads move with the share')];
  if (!shift || store !== 'separate') return [];
  const expected =
    'false, or store: shared: over two stores all writes follow the authority until turnover, ' +
    'or an entity would have two';
  return [wrong([...at, 'shift'], 'true', expected)];
}

function checkIdentifiers(
  at: SettingPath,
  text: string,
  section: IdentifiersSection,
  learned: ReadonlySet<string>,
): ConfigProblem[] {
  const place = [...at, 'identifiers'];
  const pattern = parseRoutePattern(text);
  const params = isRefusal(pattern) ? null : paramsOf(pattern);
  const unknownParams = Object.keys(section.path).flatMap((param) => {
    if (params === null || params.includes(param)) return [];
    const has = params.length === 0 ? 'it has none' : `it has ${params.join(', ')}`;
    const expected = `a parameter of its own path (${has})`;
    return [wrong([...place, 'path'], quoted(param), expected)];
  });
  const paths = (['learn', 'body', 'answer'] as const).flatMap((use) =>
    Object.keys(section[use]).flatMap((path) => {
      const expected = whyNotPlace(path, use === 'learn');
      return expected === null ? [] : [wrong([...place, use], quoted(path), expected)];
    }),
  );
  const kinds = (['path', 'query', 'body', 'answer'] as const).flatMap((use) =>
    Object.entries(section[use]).flatMap(([name, kind]) =>
      learned.has(kind) ? [] : [unlearned([...place, use, name], kind, learned)],
    ),
  );
  return [...unknownParams, ...paths, ...kinds];
}

/** A kind of which nothing is ever learned would hold every request of the route back for ever. */
function unlearned(at: SettingPath, kind: string, learned: ReadonlySet<string>): ConfigProblem {
  const known = [...learned];
  const nearest = nearestName(kind, known);
  const some = known.length === 0 ? 'and none is learned anywhere' : `such as ${known.join(', ')}`;
  const expected = nearest === undefined ? `a kind that some route learns, ${some}` : nearest;
  return wrong(at, quoted(kind), expected);
}

const PLAIN = 'a JSONPath of names, indices and *, one after the other, such as $.lines[*].id';

/** What was expected in place of a path that no identifier can be found by; `null` if it can. */
function whyNotPlace(path: string, isLearned: boolean): string | null {
  let query: PathQuery;
  try {
    query = parsePath(path);
  } catch (error) {
    if (isFalseworkError(error)) return PLAIN;
    throw error;
  }
  const isPlain = query.segments.every(({ isDescendant, selectors }) => {
    const [only, ...others] = selectors;
    if (isDescendant || only === undefined || others.length > 0) return false;
    return only.kind === 'name' || only.kind === 'wildcard' || isIndex(only);
  });
  if (!isPlain || query.segments.length === 0) return PLAIN;
  const hasMany = query.segments.some(({ selectors }) => selectors[0]?.kind === 'wildcard');
  return isLearned && hasMany ? 'one place: two sides may order many of them differently' : null;
}

function isIndex(selector: PathQuery['segments'][number]['selectors'][number]): boolean {
  return selector.kind === 'index' && selector.index >= 0;
}

function wrong(at: SettingPath, found: string, expected: string): ConfigProblem {
  return problem('FW_CONFIG_ROUTE', at, { found, expected });
}
