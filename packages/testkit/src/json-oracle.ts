import { runInThisContext } from 'node:vm';

/**
 * What a JSON text says, for tests of what reads JSON; throws like `JSON.parse` for what is none.
 * That of V8 12.8 to 14.6 takes the escape at the end of a name for a backslash once it has read a
 * name that ends in one at that place (nodejs/node#63785), which names made at random come upon. So
 * where there are escapes the language itself reads the text, of which JSON is a part (ES2019) but
 * for what `__proto__` means.
 *
 * ```ts
 * expect(plainJson(parsed)).toEqual(jsonOracle(text));
 * ```
 */
export function jsonOracle(text: string): unknown {
  const parsed = JSON.parse(text) as unknown;
  const isSafe = !text.includes('\\') || text.includes('__proto__');
  return isSafe ? parsed : runInThisContext(`(${text})`);
}
