import { Members } from '../values/members.ts';

/** A JSON number as its source text. A double would make 9007199254740993 and …992 one number. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * A JSON object with its members in order. A name that occurs more than once keeps every value in
 * `repeated`, in order; `members` then holds the last one, which is what most parsers keep.
 */
export class JsonObject {
  readonly members = new Members();
  /**
   * Null until a name repeats: nearly every object has none, and should not pay for a second map.
   */
  repeated: Map<string, unknown[]> | null = null;

  add(name: string, value: unknown): void {
    const at = this.members.indexOf(name, this.members.size);
    if (at < 0) {
      this.members.add(name, value);
    } else {
      this.#repeat(name, value);
      this.members.set(name, value);
    }
  }

  #repeat(name: string, value: unknown): void {
    this.repeated ??= new Map();
    const values = this.repeated.get(name) ?? [this.members.get(name)];
    values.push(value);
    this.repeated.set(name, values);
  }
}

/** Where and why a text is not JSON: `at` counts characters from one. */
export class JsonInvalid {
  readonly at: number;
  readonly expected: string;

  constructor(at: number, expected: string) {
    this.at = at;
    this.expected = expected;
  }
}
