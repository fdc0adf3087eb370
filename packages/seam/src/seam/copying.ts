import { DEFAULT_ISOLATION, type Isolated, isolate } from '../isolate/isolate.ts';

/** How the arguments and answers of one seam are copied. Never throws. */
export interface Copying {
  /** The arguments as one value, so that two which share a part share it in the copy as well. */
  readonly inputs: (args: readonly unknown[]) => Isolated;
  readonly answer: (answer: unknown) => Isolated;
  /** One item of many, which all together may have only so many values. */
  readonly item: (item: unknown, valuesMax: number) => Isolated;
}

/** The copying of a seam: its own `clone` function where it has one. */
export function copyingWith(clone: ((value: unknown) => unknown) | undefined): Copying {
  if (clone === undefined) {
    return {
      inputs: (args) => (args.every(isPrimitive) ? asTheyAre(args) : isolate(args, 'input')),
      answer: (answer) => isolate(answer, 'answer'),
      item: (item, valuesMax) => isolate(item, 'answer', { ...DEFAULT_ISOLATION, valuesMax }),
    };
  }
  const guarded = (copy: () => unknown): Isolated => {
    try {
      return { isCopied: true, value: copy(), values: 1 };
    } catch {
      return { isCopied: false, because: 'not-copyable' };
    }
  };
  return {
    inputs: (args) => guarded(() => args.map((argument) => clone(argument))),
    answer: (answer) => guarded(() => clone(answer)),
    item: (item) => guarded(() => clone(item)),
  };
}

/** Ids, texts and numbers, which are all that many functions are given, cannot be changed. */
function isPrimitive(value: unknown): boolean {
  return (typeof value !== 'object' && typeof value !== 'function') || value === null;
}

function asTheyAre(args: readonly unknown[]): Isolated {
  return { isCopied: true, value: [...args], values: args.length };
}
