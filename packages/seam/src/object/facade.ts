import type { AnyFunction } from '../seam/types.ts';

type Method = (...args: unknown[]) => unknown;

/**
 * An object that stands before legacy: what is in `named` is its own, everything else is read from
 * legacy, written to legacy and called on legacy.
 *
 * The named methods are plain properties of a plain object, which a call reaches as fast as any
 * other. Only what is not found there goes to the proxy behind it: one in front of everything would
 * cost each call of a seam some fifty nanoseconds.
 */
export function facadeOf(legacy: object, named: ReadonlyMap<string, AnyFunction>): object {
  const wrappers = new Map<PropertyKey, { readonly method: Method; readonly wrapper: Method }>();

  const read = (key: PropertyKey): unknown => {
    const value: unknown = Reflect.get(legacy, key, legacy);
    if (!isMethod(key, value)) return value;
    const known = wrappers.get(key);
    if (known !== undefined && known.method === value) return known.wrapper;
    const wrapper = calledOnLegacy(value as Method);
    wrappers.set(key, { method: value as Method, wrapper });
    return wrapper;
  };
  // A private member can be reached through legacy itself only. Who gives itself back, as a fluent
  // interface does, must not lead its caller past the seams.
  const calledOnLegacy = (method: Method): Method => {
    const wrapper = (...args: unknown[]): unknown => {
      const answer = Reflect.apply(method, legacy, args);
      return answer === legacy ? facade : answer;
    };
    return Object.setPrototypeOf(wrapper, method) as Method;
  };

  const behind = new Proxy(Object.create(Object.getPrototypeOf(legacy) as object | null), {
    get: (_, key) => read(key),
    set: (_, key, value) => Reflect.set(legacy, key, value, legacy),
    has: (_, key) => Reflect.has(legacy, key),
  }) as object;
  const facade = Object.create(behind) as object;
  for (const key of Reflect.ownKeys(legacy)) defineForwarding(facade, { legacy, key, read });
  for (const [key, fn] of named) {
    const enumerable = Object.prototype.propertyIsEnumerable.call(legacy, key);
    Object.defineProperty(facade, key, {
      value: fn,
      enumerable,
      writable: true,
      configurable: true,
    });
  }
  return facade;
}

interface Forwarding {
  readonly legacy: object;
  readonly key: PropertyKey;
  readonly read: (key: PropertyKey) => unknown;
}

/** What is legacy's own is listed, spread and serialised like legacy. */
function defineForwarding(facade: object, { legacy, key, read }: Forwarding): void {
  Object.defineProperty(facade, key, {
    get: () => read(key),
    set(value) {
      Reflect.set(legacy, key, value, legacy);
    },
    enumerable: Object.prototype.propertyIsEnumerable.call(legacy, key),
    configurable: true,
  });
}

/** A class is handed out as it is, and so is what every object has by birth. */
function isMethod(key: PropertyKey, value: unknown): boolean {
  if (typeof value !== 'function' || key === 'constructor') return false;
  if (Reflect.get(Object.prototype, key) === value) return false;
  return !Function.prototype.toString.call(value).startsWith('class');
}
