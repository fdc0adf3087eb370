import type { Identifier } from '../../journal/index.ts';
import type { RouteIdentifiers } from './identifier-settings.ts';

/** A path with its query in the other side's words, or why not. */
export type TranslatedPath =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly because: string };

/**
 * Puts identifiers in a path and its query into other words. All else keeps its bytes, escapes
 * included. O(length).
 */
export function translatePath(
  path: string,
  { segments, query }: Pick<RouteIdentifiers, 'segments' | 'query'>,
  translate: (kind: string, text: string) => Identifier | null,
): TranslatedPath {
  const mark = path.indexOf('?');
  const pieces = (mark === -1 ? path : path.slice(0, mark)).split('/');
  for (const [i, kind] of segments) {
    const said = otherWord(pieces[i] ?? '', kind, 'in the path', translate);
    if (!said.ok) return said;
    pieces[i] = said.word;
  }
  if (mark === -1) return { ok: true, path: pieces.join('/') };
  const pairs = path.slice(mark + 1).split('&');
  for (const [i, pair] of pairs.entries()) {
    const equals = pair.indexOf('=');
    const name = unescaped((equals === -1 ? pair : pair.slice(0, equals)).replaceAll('+', ' '));
    const kind = name === null ? undefined : query.get(name);
    if (kind === undefined || equals === -1) continue;
    const value = pair.slice(equals + 1).replaceAll('+', ' ');
    const said = otherWord(value, kind, `in the query as ${name}`, translate);
    if (!said.ok) return said;
    pairs[i] = `${pair.slice(0, equals)}=${said.word}`;
  }
  return { ok: true, path: `${pieces.join('/')}?${pairs.join('&')}` };
}

function otherWord(
  escaped: string,
  kind: string,
  where: string,
  translate: (kind: string, text: string) => Identifier | null,
): { readonly ok: true; readonly word: string } | { readonly ok: false; readonly because: string } {
  const text = unescaped(escaped);
  const other = text === null ? null : translate(kind, text);
  return other === null
    ? { ok: false, because: `its ${kind} ${where} is not known yet` }
    : { ok: true, word: encodeURIComponent(other.text) };
}

function unescaped(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
