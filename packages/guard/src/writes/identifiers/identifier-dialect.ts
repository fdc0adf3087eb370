import { isUtf8 } from 'node:buffer';
import type { Entry, Identifier, Intent } from '../../journal/index.ts';
import type { FollowerDialect, Translation } from '../follower-dialect.ts';
import type { SideAnswer } from '../side-answer.ts';
import {
  type IdentifierSettings,
  identifiersByRoute,
  type KindAt,
  type RouteIdentifiers,
} from './identifier-settings.ts';
import type { IdentifierPair, IdentifierTable } from './identifier-table.ts';
import { type JsonPlace, placesIn } from './json-places.ts';
import { translatePath } from './translate-path.ts';

/** Translates one identifier; `null` when its counterpart is not known. */
export type Translate = (kind: string, text: string) => Identifier | null;

/**
 * Speaks to the follower in its own identifiers. They are learned from the two answers to one
 * write, and from nothing else: an identifier that is not known yet holds its request back, because
 * to send it as it is would name another thing.
 */
export class IdentifierDialect implements FollowerDialect {
  readonly #table: IdentifierTable;
  readonly #routes: ReadonlyMap<string, RouteIdentifiers>;

  /** Throws FW_WRITE_IDENTIFIER or FW_PATH_SYNTAX. */
  constructor(table: IdentifierTable, settings: readonly IdentifierSettings[]) {
    this.#table = table;
    this.#routes = identifiersByRoute(settings);
  }

  /** True when answers to writes of this route are read for new identifiers. */
  learnsFrom(route: string): boolean {
    return (this.#routes.get(route)?.learn.length ?? 0) > 0;
  }

  identifiersOf(route: string, body: Uint8Array): Readonly<Record<string, Identifier>> {
    const declared = this.#routes.get(route)?.learn ?? [];
    const found: Record<string, Identifier> = {};
    const places = declared.length === 0 ? null : jsonPlaces(body, declared);
    for (const one of declared) {
      const at = places?.filter(({ path }) => path === one.at) ?? [];
      // Two at one place are members that were repeated: nobody knows which of them is meant.
      if (at.length === 1 && at[0]?.identifier) found[nameOf(one)] = at[0].identifier;
    }
    return found;
  }

  toFollower(intent: Intent): Translation {
    const { method, path, headers, body } = intent;
    const route = this.#routes.get(intent.route);
    if (route === undefined) return { ok: true, write: { method, path, headers, body } };
    const toCandidate: Translate = (kind, text) => this.#table.toCandidate(kind, text);
    const asked = translatePath(path, route, toCandidate);
    if (!asked.ok) return asked;
    if (route.body.length === 0 || body.byteLength === 0) {
      return { ok: true, write: { method, path: asked.path, headers, body } };
    }
    if (hasHeader(headers, 'content-encoding')) {
      return { ok: false, because: 'its body is compressed, and identifiers in it are declared' };
    }
    const said = translateJson(body, route.body, toCandidate);
    if (!said.ok) return said;
    const write = {
      method,
      path: asked.path,
      headers: resized(headers, said.body),
      body: said.body,
    };
    return { ok: true, write };
  }

  async learn(entry: Entry, answer: SideAnswer): Promise<string | null> {
    const declared = this.#routes.get(entry.route)?.learn ?? [];
    if (declared.length === 0) return null;
    const theirs = this.identifiersOf(entry.route, answer.body);
    const pairs: IdentifierPair[] = [];
    for (const one of declared) {
      const [legacy, candidate] = [entry.identifiers[nameOf(one)], theirs[nameOf(one)]];
      if (legacy === undefined) return unclear('legacy', one);
      if (candidate === undefined) return unclear('the candidate', one);
      pairs.push({ kind: one.kind, legacy, candidate });
    }
    // All or none: half of an answer must not be believed when the other half is contradicted.
    for (const pair of pairs) {
      const because = this.#table.refusal(pair);
      if (because !== null) return because;
    }
    for (const pair of pairs) {
      const learned = await this.#table.learn(pair);
      if (!learned.ok) return learned.because;
    }
    return null;
  }

  /** A request of legacy's words for a shadow, when every identifier in it is known. */
  pathToCandidate(
    route: string,
    path: string,
  ):
    | { readonly ok: true; readonly path: string }
    | { readonly ok: false; readonly because: string } {
    const declared = this.#routes.get(route);
    if (declared === undefined) return { ok: true, path };
    return translatePath(path, declared, (kind, text) => this.#table.toCandidate(kind, text));
  }

  /**
   * The candidate's answer in legacy's identifiers, for comparing. What is not known stays as it
   * is: it then shows as a difference, which it is.
   */
  answerToLegacy(route: string, body: Uint8Array): Uint8Array {
    const declared = this.#routes.get(route);
    const places = [...(declared?.learn ?? []), ...(declared?.answer ?? [])];
    if (places.length === 0) return body;
    const said = translateJson(
      body,
      places,
      (kind, text) => this.#table.toLegacy(kind, text),
      'keep',
    );
    return said.ok ? said.body : body;
  }
}

type Translated =
  | { readonly ok: true; readonly body: Uint8Array }
  | { readonly ok: false; readonly because: string };

function translateJson(
  body: Uint8Array,
  declared: readonly KindAt[],
  translate: Translate,
  unknown: 'refuse' | 'keep' = 'refuse',
): Translated {
  const places = jsonPlaces(body, declared);
  if (places === null) return { ok: false, because: 'its body is not JSON' };
  const text = textOf(body);
  let said = '';
  let from = 0;
  for (const place of places.sort((a, b) => a.start - b.start)) {
    if (place.isNull) continue;
    // Two declarations of one place say the same or contradict each other: the first one counts.
    if (place.start < from) continue;
    const { kind } = declared.find(({ at }) => at === place.path) as KindAt;
    const other = place.identifier === null ? null : translate(kind, place.identifier.text);
    if (other === null) {
      if (unknown === 'keep') continue;
      const what = place.identifier === null ? 'is not an identifier' : 'is not known yet';
      return { ok: false, because: `its ${kind} at ${place.path.text} ${what}` };
    }
    said += text.slice(from, place.start) + jsonOf(other);
    from = place.end;
  }
  return { ok: true, body: Buffer.from(said + text.slice(from)) };
}

function jsonPlaces(body: Uint8Array, declared: readonly KindAt[]): JsonPlace[] | null {
  if (!isUtf8(body)) return null;
  return placesIn(
    textOf(body),
    declared.map(({ at }) => at),
  );
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}

function jsonOf({ kind, text }: Identifier): string {
  return kind === 'number' ? text : JSON.stringify(text);
}

function nameOf({ kind, at }: KindAt): string {
  return `${kind} ${at.text}`;
}

function unclear(side: string, { kind, at }: KindAt): string {
  return `the answer of ${side} does not have exactly one ${kind} at ${at.text}`;
}

function hasHeader(headers: readonly string[], name: string): boolean {
  return headers.some((header, i) => i % 2 === 0 && header.toLowerCase() === name);
}

/** The length that the caller announced is another one once identifiers in the body are. */
function resized(headers: readonly string[], body: Uint8Array): string[] {
  return headers.map((value, i) =>
    i % 2 === 1 && (headers[i - 1] as string).toLowerCase() === 'content-length'
      ? String(body.byteLength)
      : value,
  );
}
