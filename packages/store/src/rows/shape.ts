/**
 * Checks a value from outside. Answers what is wrong with it as `path is not …`, or `null` when it has the shape. The
 * answer never quotes the value: it goes into messages.
 */
export type Shape<Value> = {
  readonly check: (value: unknown, at: string) => string | null;
  /** Never set; it ties the shape to the type, so that the compiler sees when the two drift apart. */
  readonly of?: Value;
};

function primitive<Value>(name: string, has: (value: unknown) => boolean): Shape<Value> {
  return { check: (value, at) => (has(value) ? null : `${at} is not ${name}`) };
}

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
export const anyObject: Shape<object> = primitive(
  'an object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

/** One of these words. */
export function oneOf<Word extends string>(words: readonly Word[]): Shape<Word> {
  return primitive(`one of ${words.join(', ')}`, (value) => words.includes(value as Word));
}

/** This, or null. */
export function orNull<Value>(inner: Shape<Value>): Shape<Value | null> {
  return { check: (value, at) => (value === null ? null : inner.check(value, at)) };
}

/** A list of these, of any length up to `lengthMax`. */
export function listOf<Value>(
  inner: Shape<Value>,
  lengthMax = Number.POSITIVE_INFINITY,
): Shape<readonly Value[]> {
  return {
    check: (value, at) => {
      if (!Array.isArray(value)) return `${at} is not a list`;
      if (value.length > lengthMax) return `${at} has more than ${lengthMax} entries`;
      for (const [index, item] of value.entries()) {
        const wrong = inner.check(item, `${at}[${index}]`);
        if (wrong !== null) return wrong;
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
    check: (value, at) => {
      if (!Array.isArray(value) || value.length !== inner.length) {
        return `${at} is not a list of ${inner.length}`;
      }
      return firstWrong(inner.map((shape, index) => shape.check(value[index], `${at}[${index}]`)));
    },
  };
}

/** An object with at least these keys. Others are let through: a newer version may have written them. */
export function object<Value extends object>(
  keys: {
    readonly [Key in keyof Required<Value>]: Shape<Value[Key]>;
  },
): Shape<Value> {
  const entries = Object.entries<Shape<unknown>>(keys as Record<string, Shape<unknown>>);
  return {
    check: (value, at) => {
      if (anyObject.check(value, at) !== null) return `${at} is not an object`;
      for (const [key, shape] of entries) {
        const wrong = shape.check((value as Record<string, unknown>)[key], `${at}.${key}`);
        if (wrong !== null) return wrong;
      }
      return null;
    },
  };
}

/** An object whose keys are not known, only what they hold. */
export function mapOf<Value>(inner: Shape<Value>): Shape<Readonly<Record<string, Value>>> {
  return {
    check: (value, at) => {
      if (anyObject.check(value, at) !== null) return `${at} is not an object`;
      // The key stays out of the answer: it may be somebody's data.
      return firstWrong(Object.values(value as object).map((item) => inner.check(item, `${at}.*`)));
    },
  };
}

function firstWrong(answers: readonly (string | null)[]): string | null {
  return answers.find((answer) => answer !== null) ?? null;
}
