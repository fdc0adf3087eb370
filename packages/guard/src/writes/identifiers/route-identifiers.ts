import type { IdentifierSettings, IdentifierUse } from './identifier-settings.ts';

/**
 * The identifiers of one route: where they stand, and of which kind each one is. A place is a
 * JSONPath of the body or the answer, or the name of a parameter.
 */
export interface DeclaredIdentifiers {
  /** In the answers to its writes, where both sides say which identifier they made. */
  readonly learn?: Readonly<Record<string, string>>;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, string>>;
  /** In answers, for comparing. */
  readonly answer?: Readonly<Record<string, string>>;
}

/** Sorts what routes declare by the kind of thing that is identified. */
export function identifiersByKind(
  routes: readonly { readonly seam: string; readonly identifiers?: DeclaredIdentifiers | null }[],
): IdentifierSettings[] {
  const kinds = new Map<string, { learn: LearnAt[]; use: IdentifierUse[] }>();
  const of = (kind: string): { learn: LearnAt[]; use: IdentifierUse[] } => {
    const known = kinds.get(kind) ?? { learn: [], use: [] };
    kinds.set(kind, known);
    return known;
  };
  for (const { seam: route, identifiers } of routes) {
    if (!identifiers) continue;
    const { learn, path, query, body, answer } = identifiers;
    for (const [at, kind] of entriesOf(learn)) of(kind).learn.push({ route, path: at });
    for (const [param, kind] of entriesOf(path)) of(kind).use.push({ in: 'path', route, param });
    for (const [name, kind] of entriesOf(query)) of(kind).use.push({ in: 'query', route, name });
    for (const [at, kind] of entriesOf(body)) of(kind).use.push({ in: 'body', route, path: at });
    for (const [at, kind] of entriesOf(answer))
      of(kind).use.push({ in: 'answer', route, path: at });
  }
  return [...kinds].map(([kind, { learn, use }]) => ({ kind, learn, use }));
}

type LearnAt = IdentifierSettings['learn'][number];

function entriesOf(places: Readonly<Record<string, string>> = {}): [string, string][] {
  return Object.entries(places);
}
