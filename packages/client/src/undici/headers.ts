import type { Dispatcher } from 'undici';

type UndiciHeaders = Dispatcher.DispatchOptions['headers'];
type Pair = [name: string, value: string | string[] | undefined];

/** The headers of a request in any of the forms that undici takes, as pairs. */
function pairsOf(headers: UndiciHeaders): Pair[] {
  if (headers === null || headers === undefined) return [];
  if (Array.isArray(headers) && !headers.some(Array.isArray)) {
    // Flat: name, value, name, value.
    const flat = headers as readonly string[];
    const named = flat.filter((_, at) => at % 2 === 0);
    return named.map((name, at): Pair => [name, flat[at * 2 + 1]]);
  }
  const isIterable = Symbol.iterator in headers;
  const entries = isIterable ? (headers as Iterable<Pair>) : Object.entries(headers);
  return [...entries].map(
    ([name, value]): Pair => [name, typeof value === 'number' ? String(value) : value],
  );
}

/** Reads one header of a request; several values are joined as HTTP says. */
export function readHeader(headers: UndiciHeaders, name: string): string | null {
  const values = pairsOf(headers)
    .filter(([its, value]) => its.toLowerCase() === name && value !== undefined)
    .flatMap(([, value]) => value as string | string[]);
  return values.length === 0 ? null : values.join(', ');
}

/**
 * The caller's headers with ours in the place of those of the same name; order and case are kept.
 */
export function withHeaders(
  headers: UndiciHeaders,
  ours: readonly (readonly [name: string, value: string])[],
): string[] {
  const names = new Set(ours.map(([name]) => name));
  const callers = pairsOf(headers).filter(([name]) => !names.has(name.toLowerCase()));
  // Flat, the one form in which a name that comes twice needs nothing special.
  return [...callers, ...ours].flatMap(([name, value]) =>
    [value ?? []].flat().flatMap((single) => [name, single]),
  );
}
