/** What the copier of a container needs from the isolation it is part of. */
interface Copying {
  readonly copy: (inner: unknown) => unknown;
  /** Must be told the copy before its content is copied, for content that leads back to it. */
  readonly remember: (copy: object) => void;
}

/** A built-in class whose content lies in slots and not in properties. */
export interface Builtin {
  /** Throws for an object that has the prototype but not the slot. */
  readonly copy: (value: never, copying: Copying) => object;
  /** How many values the content counts for. O(1). */
  readonly cost: (value: never) => number;
}

// Copying memory is far cheaper than copying objects: this many bytes count as one value.
const BYTES_PER_VALUE = 64;

const one = (): number => 1;
const sizeOf = (collection: { readonly size: number }): number => collection.size;
const bytesCost = (bytes: { readonly byteLength: number }): number =>
  Math.ceil(bytes.byteLength / BYTES_PER_VALUE);
const boxed: Builtin = { copy: (box: object) => Object(box.valueOf()) as object, cost: one };

const TYPED_ARRAY_PROTOTYPE = Object.getPrototypeOf(Uint8Array.prototype) as object;

/**
 * The built-in classes that can be copied, by prototype. Intrinsic methods only: a subclass may
 * have its own.
 */
export const BUILTINS: ReadonlyMap<object, Builtin> = new Map<object, Builtin>([
  [Map.prototype, { copy: copyMap, cost: sizeOf }],
  [Set.prototype, { copy: copySet, cost: sizeOf }],
  [
    Date.prototype,
    { copy: (date: Date) => new Date(Date.prototype.getTime.call(date)), cost: one },
  ],
  [RegExp.prototype, { copy: copyRegExp, cost: one }],
  [ArrayBuffer.prototype, { copy: (buffer: ArrayBuffer) => buffer.slice(0), cost: bytesCost }],
  [DataView.prototype, { copy: (view: DataView) => new DataView(windowOf(view)), cost: bytesCost }],
  [TYPED_ARRAY_PROTOTYPE, { copy: copyTypedArray, cost: bytesCost }],
  [URL.prototype, { copy: (url: URL) => new URL(url.href), cost: one }],
  [
    URLSearchParams.prototype,
    { copy: (query: URLSearchParams) => new URLSearchParams(query), cost: sizeOf },
  ],
  [Number.prototype, boxed],
  [String.prototype, boxed],
  [Boolean.prototype, boxed],
  [BigInt.prototype, boxed],
  [Symbol.prototype, boxed],
]);

function copyMap(map: Map<unknown, unknown>, { copy, remember }: Copying): object {
  const copied = new Map<unknown, unknown>();
  remember(copied);
  Map.prototype.forEach.call(map, (value, key) => copied.set(copy(key), copy(value)));
  return copied;
}

function copySet(set: Set<unknown>, { copy, remember }: Copying): object {
  const copied = new Set<unknown>();
  remember(copied);
  Set.prototype.forEach.call(set, (item) => copied.add(copy(item)));
  return copied;
}

function copyRegExp(regexp: RegExp): object {
  const copied = new RegExp(regexp.source, regexp.flags);
  copied.lastIndex = regexp.lastIndex;
  return copied;
}

const TYPED_ARRAYS: Readonly<Record<string, new (buffer: ArrayBuffer) => object>> = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
};

function copyTypedArray(array: ArrayBufferView): object {
  const name = Reflect.get(TYPED_ARRAY_PROTOTYPE, Symbol.toStringTag, array) as string;
  const TypedArray = TYPED_ARRAYS[name];
  if (TypedArray === undefined) throw new TypeError(`A ${name} is not known how to copy.`);
  return new TypedArray(windowOf(array));
}

/**
 * The bytes that the view shows, not its whole buffer: small Buffers are windows on a pool of 8 kB.
 */
function windowOf(view: ArrayBufferView): ArrayBuffer {
  const bytes = new Uint8Array(view.byteLength);
  bytes.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return bytes.buffer;
}
