/**
 * Checks a value from outside. Answers `null` when it has the shape, and else the way to what is
 * wrong and what it is not, for example `.lines[3].tax is not a number`, to be put after a name. It
 * never quotes the value: answers go into messages.
 */
export interface Shape<Value> {
  readonly check: (value: unknown) => string | null;
  /**
   * Never set; it ties the shape to the type, so that the compiler sees when the two drift apart.
   */
  readonly of?: Value;
}

function primitive<Value>(name: string, has: (value: unknown) => boolean): Shape<Value> {
  const wrong = ` is not ${name}`;
  return { check: (value) => (has(value) ? null : wrong) };
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Any text. */
export const text: Shape<string> = primitive('text', (value) => typeof value === 'string');
/** Any finite number. */
export const number: Shape<number> = primitive('a number', Number.isFinite);
/** A number of things: whole, not negative, below 2^53. */
export const count: Shape<number> = primitive(
  'a count',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);
/** A whole number below 2^53. */
export const whole: Shape<number> = primitive('a whole number', Number.isSafeInteger);
/** True or false. */
export const bool: Shape<boolean> = primitive('true or false', (v) => typeof v === 'boolean');
/** Some object, not looked into. */
export const anyObject: Shape<object> = primitive('an object', isObject);

/** One of these words. */
export function oneOf<Word extends string>(words: readonly Word[]): Shape<Word> {
  return primitive(`one of ${words.join(', ')}`, (value) => words.includes(value as Word));
}

/** This, or null. */
export function orNull<Value>(inner: Shape<Value>): Shape<Value | null> {
  return { check: (value) => (value === null ? null : inner.check(value)) };
}

/** One of these, or nothing: for what earlier versions did not store. */
export function orAbsent<Value>(inner: Shape<Value>): Shape<Value | undefined> {
  return { check: (value) => (value === undefined ? null : inner.check(value)) };
}

/** A list of these, of any length up to `lengthMax`. */
export function listOf<Value>(
  inner: Shape<Value>,
  lengthMax = Number.POSITIVE_INFINITY,
): Shape<readonly Value[]> {
  return {
    check: (value) => {
      if (!Array.isArray(value)) return ' is not a list';
      if (value.length > lengthMax) return ` has more than ${lengthMax} entries`;
      // By index, because an iterator would pass over the holes of a sparse list and over `length`
      // set by hand.
      for (let index = 0; index < value.length; index += 1) {
        const wrong = inner.check(value[index]);
        if (wrong !== null) return `[${index}]${wrong}`;
      }
      return null;
    },
  };
}

/** A list of exactly these, in this order. */
export function tuple<Values extends readonly unknown[]>(
  ...inner: { readonly [Index in keyof Values]: Shape<Values[Index]> }
): Shape<Values> {
  return {
    check: (value) => {
      if (!Array.isArray(value) || value.length !== inner.length) {
        return ` is not a list of ${inner.length}`;
      }
      for (const [index, shape] of inner.entries()) {
        const wrong = shape.check(value[index]);
        if (wrong !== null) return `[${index}]${wrong}`;
      }
      return null;
    },
  };
}

/**
 * An object with at least these keys. Others are let through: a newer version may have written
 * them.
 */
export function object<Value extends object>(
  keys: {
    readonly [Key in keyof Required<Value>]: Shape<Value[Key]>;
  },
): Shape<Value> {
  const entries = Object.entries<Shape<unknown>>(keys as Record<string, Shape<unknown>>);
  return {
    check: (value) => {
      if (!isObject(value)) return ' is not an object';
      for (const [key, shape] of entries) {
        const wrong = shape.check((value as Record<string, unknown>)[key]);
        if (wrong !== null) return `.${key}${wrong}`;
      }
      return null;
    },
  };
}

/** An object whose keys are not known, only what they hold. */
export function mapOf<Value>(inner: Shape<Value>): Shape<Readonly<Record<string, Value>>> {
  return {
    check: (value) => {
      if (!isObject(value)) return ' is not an object';
      const wrong = Object.values(value)
        .map((item) => inner.check(item))
        .find((answer) => answer !== null);
      // The key stays out of the answer: it may be somebody's data.
      return wrong === undefined ? null : `.*${wrong}`;
    },
  };
}
