import { Budget } from '../compare/budget.ts';
import { JsonInvalid, JsonNumber } from '../compare/json/json-nodes.ts';
import { parseJson } from '../compare/json/parse-json.ts';
import type { FilterScope } from '../compare/path/evaluate.ts';
import type { RuleStates } from '../compare/rules/rule-states.ts';
import { familyOf } from '../compare/values/family.ts';
import { itemsOf, membersOf, repeatedOf } from '../compare/values/read.ts';
import { redactText } from './redact-text.ts';
import type { Redaction } from './redaction.ts';
import { holdsSecret } from './secret-shapes.ts';
import type { RedactionTokens } from './tokens.ts';

/** What one document is redacted with. */
export interface RedactOptions {
  /** What is taken out besides the default patterns. */
  readonly redaction: Redaction;
  /** The numbering that both documents of a pair share. */
  readonly tokens: RedactionTokens;
  /** The longest document that is read, and the longest that is written, in UTF-16 units. */
  readonly lengthMax: number;
}

// What filters of paths may cost: a hundred times what reading the longest kept document does.
const FILTER_NODES_MAX = 1_000_000;

/**
 * The JSON document without its secrets; numbers that stay are as written, members in their order,
 * repeated ones repeated. `null` when that cannot be vouched for: it is too long, no JSON although
 * paths are to be taken out of it, or its filters cost too much. Never throws, never recurses;
 * O(length) but for filters.
 */
export function redactDocument(text: string, options: RedactOptions): string | null {
  const { redaction, tokens, lengthMax } = options;
  if (text.length > lengthMax) return null;
  const root = parseJson(text, new Budget(text.length + 1));
  if (!(root instanceof JsonInvalid)) return redactValue(root, options);
  // Nobody knows where a path would lead in there.
  if (redaction.paths.length > 0) return null;
  const redacted = redactText(text, redaction, tokens);
  return redacted.length > lengthMax ? null : redacted;
}

/**
 * The same for a JavaScript value, as JSON. `null` also when JSON cannot say it: what is a Map or a
 * bigint would come back as something else. Members that are undefined are left out and Dates are
 * written as texts, as `JSON.stringify` does it.
 */
export function redactValue(value: unknown, options: RedactOptions): string | null {
  try {
    return new Writer(value, options).write();
  } catch {
    // A proxy that throws when it is looked at cannot be kept.
    return null;
  }
}

/** A container of which some children are still to be written. */
interface Open {
  readonly names: readonly string[] | null;
  readonly values: readonly unknown[];
  readonly states: RuleStates;
  readonly isSecret: boolean;
  at: number;
}

/** Stands for a value that JSON has no word for. */
const UNSAYABLE = Symbol('unsayable');

/**
 * Writes a document piece by piece, with a stack of its own: it may be deeper than the call stack.
 */
class Writer {
  readonly #options: RedactOptions;
  readonly #scope: FilterScope;
  readonly #open: Open[] = [];
  #text = '';
  // Names come again with every element of a list, and many texts do.
  readonly #written = new Map<string, string>();
  readonly #secretNames = new Map<string, boolean>();

  constructor(root: unknown, options: RedactOptions) {
    this.#options = options;
    this.#scope = { root, budget: new Budget(FILTER_NODES_MAX) };
  }

  write(): string | null {
    const { redaction, lengthMax } = this.#options;
    const { trie } = redaction;
    if (!this.#begin(this.#scope.root, trie.root, trie.root.ruling.isIgnored)) return null;
    for (let open = this.#open.at(-1); open !== undefined; open = this.#open.at(-1)) {
      const isWritten = open.at < open.values.length ? this.#child(open) : this.#close(open);
      if (!isWritten || this.#text.length > lengthMax) return null;
    }
    return this.#scope.budget.isSpent || this.#text.length > lengthMax ? null : this.#text;
  }

  #close({ names }: Open): boolean {
    this.#text += names === null ? ']' : '}';
    this.#open.pop();
    return true;
  }

  /** Writes the next child of a container; false where JSON cannot say it. */
  #child(open: Open): boolean {
    const { names, values, states, at } = open;
    const child = values[at];
    open.at += 1;
    if (at > 0) this.#text += ',';
    const { trie } = this.#options.redaction;
    if (names === null) {
      const place = { index: at, length: values.length, child };
      const below = trie.stepToIndex(states, place, this.#scope);
      return this.#begin(child, below, open.isSecret || below.ruling.isIgnored);
    }
    const name = names[at] ?? '';
    this.#text += `${this.#string(name)}:`;
    const below = trie.stepToName(states, name, child, this.#scope);
    const isSecret = open.isSecret || below.ruling.isIgnored || this.#isSecretName(name);
    return this.#begin(child, below, isSecret);
  }

  #isSecretName(name: string): boolean {
    const known = this.#secretNames.get(name);
    if (known !== undefined) return known;
    const isSecret = this.#options.redaction.isSecretName(name);
    this.#secretNames.set(name, isSecret);
    return isSecret;
  }

  /** Writes a leaf whole, or opens a container. */
  #begin(value: unknown, states: RuleStates, isSecret: boolean): boolean {
    const family = familyOf(value);
    if (family === 'array') {
      this.#text += '[';
      this.#open.push({ names: null, values: itemsOf(value as []), states, isSecret, at: 0 });
      return true;
    }
    if (family === 'object' || family === 'instance') {
      this.#text += '{';
      this.#open.push({ ...membersToWrite(value as object), states, isSecret, at: 0 });
      return true;
    }
    const leaf = this.#leaf(value, isSecret);
    if (leaf === UNSAYABLE) return false;
    this.#text += leaf;
    return true;
  }

  #leaf(value: unknown, isSecret: boolean): string | typeof UNSAYABLE {
    const { tokens } = this.#options;
    if (value === null) return 'null';
    if (value === true || value === false) {
      return isSecret ? JSON.stringify(tokens.text('boolean', String(value))) : String(value);
    }
    if (typeof value === 'string') return isSecret ? this.#secret(value) : this.#string(value);
    if (value instanceof JsonNumber) return this.#number(value.text, isSecret);
    if (typeof value === 'number' && Number.isFinite(value)) {
      return this.#number(Object.is(value, -0) ? '-0' : String(value), isSecret);
    }
    if (familyOf(value) !== 'date') return UNSAYABLE;
    const time = Reflect.apply(Date.prototype.getTime, value, []);
    if (Number.isNaN(time)) return UNSAYABLE;
    const written = new Date(time).toISOString();
    return isSecret ? this.#secret(written) : JSON.stringify(written);
  }

  #number(written: string, isSecret: boolean): string {
    const { tokens } = this.#options;
    const isHidden = isSecret || holdsSecret(written) || tokens.isImpostor(written);
    return isHidden ? tokens.number(written) : written;
  }

  /** An empty text says that there is nothing, which is often the very difference. */
  #secret(value: string): string {
    const { tokens } = this.#options;
    if (value === '') return '""';
    return JSON.stringify(tokens.text('secret', tokens.withoutImpostors(value)));
  }

  #string(value: string): string {
    const known = this.#written.get(value);
    if (known !== undefined) return known;
    const { redaction, tokens } = this.#options;
    const written = JSON.stringify(redactText(value, redaction, tokens));
    this.#written.set(value, written);
    return written;
  }
}

/** The members of an object in their order, a name that repeats with all its values. */
function membersToWrite(value: object): { names: readonly string[]; values: readonly unknown[] } {
  const repeated = repeatedOf(value);
  const entries = [...membersOf(value)].flatMap(([name, member]) => {
    if (typeof name === 'symbol' || member === undefined) return [];
    const all = repeated?.get(name) ?? [member];
    return all.map((each) => [name, each] as const);
  });
  return { names: entries.map(([name]) => name), values: entries.map(([, member]) => member) };
}
