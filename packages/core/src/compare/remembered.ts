// Names of fields and causes of differences are few and come again with every answer. Beyond this
// they are data, which must cost time rather than memory.
const ANSWERS_MAX = 2_000;
const KEY_LENGTH_MAX = 300;

/** Texts by key. Forgets everything when it grows too large, and never keeps a long key. */
export class Memory {
  readonly #answers = new Map<string, string>();

  recall(key: string): string | undefined {
    return this.#answers.get(key);
  }

  /** Keeps the answer if it is worth it, and returns it. */
  keep(key: string, answer: string): string {
    if (key.length > KEY_LENGTH_MAX) return answer;
    if (this.#answers.size >= ANSWERS_MAX) this.#answers.clear();
    this.#answers.set(key, answer);
    return answer;
  }
}

/** A pure function of a text that answers from memory what it was asked before. */
export function remembered(compute: (text: string) => string): (text: string) => string {
  const memory = new Memory();
  return (text) => memory.recall(text) ?? memory.keep(text, compute(text));
}
