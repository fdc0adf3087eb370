import { z } from 'zod';

/**
 * A setting of one value: text or a number comes in, what the rest of Falsework works with comes
 * out.
 */
export type Leaf<Out> = z.ZodType<Out, string | number>;

interface LeafOptions<Out> {
  /** Completes the sentence "… is 7; expected …". */
  readonly expects: string;
  /** `undefined` refuses the value. */
  readonly parse: (value: string | number) => Out | undefined;
}

/**
 * Builds a setting of one value. Whatever is wrong with it (its type, its form, its range), the
 * issue says the same one sentence: what is expected there.
 */
export function leaf<Out>({ expects, parse }: LeafOptions<Out>): Leaf<Out> {
  return parsed(z.union([z.string(), z.number()], { error: expects }), { expects, parse });
}

/** The same for a setting that only text can say. */
export function textLeaf<Out>({ expects, parse }: LeafOptions<Out>): z.ZodType<Out, string> {
  return parsed(z.string({ error: expects }), { expects, parse });
}

/** A whole number from `min` to `max`. Digits as text will do: that is how variables hold them. */
export function whole(expects: string, { min, max }: { min: number; max: number }): Leaf<number> {
  return leaf({
    expects,
    parse: (value) => {
      const number = typeof value === 'number' ? value : parseDigits(value);
      return Number.isSafeInteger(number) && number >= min && number <= max ? number : undefined;
    },
  });
}

/** `true` or `false`. */
export function flag(expects: string): z.ZodType<boolean, boolean> {
  return z.boolean({ error: `${expects}: true or false` });
}

/**
 * An object with these settings and no other. Its issue about an unknown key lists the known ones.
 */
export function section<Shape extends z.ZodRawShape>(shape: Shape, expects: string) {
  const known = Object.keys(shape).join(' ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? known : expects),
  });
}

function parsed<In extends string | number, Out>(
  accepted: z.ZodType<In, In>,
  { expects, parse }: LeafOptions<Out>,
): z.ZodType<Out, In> {
  // Editors show the same sentence, unless the setting has a description of its own.
  return accepted.describe(expects).transform((value, context) => {
    const out = parse(value);
    if (out !== undefined) return out;
    context.issues.push({ code: 'custom', message: expects, input: value });
    return z.NEVER;
  });
}

function parseDigits(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
