import { type Family, typeNameOf } from '../values/family.ts';

/**
 * True when two values of one family are of one class as well. Class instances must share their
 * prototype: two classes of one name are two classes. For errors the names count instead, because
 * legacy and candidate each define their own NotFound, and callers tell errors by name. Built-ins
 * go by name, so another realm's Date is a Date.
 */
export function haveSameClass(family: Family, legacy: unknown, candidate: unknown): boolean {
  if (family === 'instance') return prototypeOf(legacy) === prototypeOf(candidate);
  if (typeNameOf(legacy, family) !== typeNameOf(candidate, family)) return false;
  return family !== 'error' || nameOf(legacy) === nameOf(candidate);
}

function prototypeOf(value: unknown): unknown {
  try {
    return Object.getPrototypeOf(value);
  } catch {
    // A fresh object equals nothing: what cannot be read is never the same class.
    return {};
  }
}

/** An error's `name`, which a class may set without having it as its own name. */
function nameOf(error: unknown): unknown {
  try {
    return Reflect.get(error as object, 'name');
  } catch {
    return {};
  }
}
