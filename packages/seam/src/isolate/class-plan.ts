import { BUILTINS, type Builtin } from './builtins.ts';

/** What isolation does with the instances of one class. */
export interface ClassPlan {
  /**
   * - `copy`: made anew, with the same prototype and copies of the own properties
   * - `share`: passed by reference, because a copy would lack state that cannot be reached from
   *   outside
   * - `live`: a thing in use, such as a socket: passed by reference as an input, left out of an
   *   answer
   */
  readonly treatment: 'copy' | 'share' | 'live';
  /** The built-in class it is or descends from; `null` when its content lies in properties. */
  readonly builtin: Builtin | null;
}

const SHARE: ClassPlan = { treatment: 'share', builtin: null };
const LIVE: ClassPlan = { treatment: 'live', builtin: null };
const COPY: ClassPlan = { treatment: 'copy', builtin: null };

// Names that only things with a life of their own have: promises and lazy queries, iterators,
// emitters, streams.
const LIVE_METHODS: readonly (readonly PropertyKey[])[] = [
  ['then'],
  ['next'],
  ['on', 'emit'],
  ['addEventListener'],
  ['pipe'],
  ['getReader'],
  ['getWriter'],
  [Symbol.asyncIterator],
];

// A private member is of use only as `this.#name` or `#name in object`, so a class that keeps state
// in one says so in its source. A copy without it throws at the first method call, and would make
// the candidate look broken.
const USES_PRIVATE_NAMES = /[.?]\s*#[\p{ID_Start}$_]|#[\p{ID_Start}$_][\p{ID_Continue}$]*\s+in\b/u;
const IS_NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

const plans = new WeakMap<object, ClassPlan>([
  [Array.prototype, COPY],
  [Error.prototype, COPY],
  // Its message lies behind a getter that refuses any object but the original.
  [DOMException.prototype, SHARE],
]);

/**
 * The plan for instances with this prototype. Made once per class, from names and source text only:
 * no method and no getter of the class is called. Throws what a hostile proxy throws.
 */
export function classPlanOf(prototype: object): ClassPlan {
  const known = plans.get(prototype);
  if (known !== undefined) return known;
  const plan = planFor(prototype);
  plans.set(prototype, plan);
  return plan;
}

function planFor(prototype: object): ClassPlan {
  const builtin = BUILTINS.get(prototype);
  if (builtin !== undefined) return { treatment: 'copy', builtin };
  const isLive = LIVE_METHODS.some((names) => names.every((name) => name in prototype));
  if (isLive) return LIVE;
  const parent = Object.getPrototypeOf(prototype) as object | null;
  // Object.prototype, of this realm or another, hides nothing: it is where every chain ends.
  if (parent === null) return COPY;
  return hidesState(prototype) ? SHARE : classPlanOf(parent);
}

function hidesState(prototype: object): boolean {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof constructor !== 'function') return false;
  const source = Function.prototype.toString.call(constructor);
  // Native classes keep their state in slots. Those whose slots can be read have a plan already; of
  // the rest, only errors keep everything in properties.
  if (IS_NATIVE.test(source))
    return !Error.prototype.isPrototypeOf(prototype) && !isTypedArray(prototype);
  return USES_PRIVATE_NAMES.test(source);
}

/** Int8Array.prototype and its like: native, and one step below the prototype that has the plan. */
function isTypedArray(prototype: object): boolean {
  return Object.getPrototypeOf(Uint8Array.prototype) === Object.getPrototypeOf(prototype);
}
