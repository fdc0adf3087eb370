import { SeededRandom } from '@falsework/testkit';
import { DEFAULT_LIMITS, type Limits } from '../src/compare/limits.ts';
import {
  absentIsNull,
  custom,
  ignore,
  instant,
  keyed,
  pattern,
  sameType,
  tolerance,
  unordered,
} from '../src/compare/rules/builders.ts';
import type { Rule } from '../src/compare/rules/rule.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Few names and few values, so that rules meet nodes and two documents nearly agree. */
const NAMES = ['a', 'b', 'id', 'é', 'x"y', 'at'];
const LEAVES: readonly Json[] = [
  null,
  true,
  false,
  0,
  1,
  2,
  10.005,
  1e21,
  -0.5,
  '',
  'x',
  'id-1',
  'id-2',
  'naïve €',
  '😀',
  'half \ud83d',
  'tab\tand "quote" \\ /',
  '2026-11-20T14:00:00Z',
  '2026-11-20T14:00:02Z',
];

const RULE_PATHS = [
  '$',
  '$.a',
  '$.b',
  '$.at',
  '$.id',
  "$['é']",
  "$['x\"y']",
  '$.*',
  '$[*]',
  '$[0]',
  '$[-1]',
  '$[1:]',
  '$.a.b',
  '$.a[*]',
  '$.a[*].a',
  '$.a[*].id',
  '$[*].at',
  '$..a',
  '$..at',
  '$..*',
  '$..id',
  '$[?@.id]',
  '$.a[?@.id == 1].a',
  '$[?@.a == $.b]',
  '$..[?@.at].b',
];

const isRoughlySame = (legacy: unknown, candidate: unknown): boolean =>
  typeof legacy === typeof candidate &&
  JSON.stringify(legacy)?.length === JSON.stringify(candidate)?.length;

const MAKERS: readonly ((path: string) => Rule)[] = [
  ignore,
  ignore,
  ignore,
  unordered,
  absentIsNull,
  sameType,
  (path) => tolerance(path, { abs: 1 }),
  (path) => tolerance(path, { rel: 0.5 }),
  (path) => instant(path, { within: '5s' }),
  (path) => keyed(path, 'id'),
  (path) => keyed(path, 'é'),
  (path) => pattern(path, '^id-'),
  (path) => custom(path, isRoughlySame),
  (path) => custom(path, () => false),
];

/** Draws documents, the ways to write them and the rules to judge them by, all from one seed. */
export class Draw {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  chance(share: number): boolean {
    return this.#random.next() < share;
  }

  below(bound: number): number {
    return Math.floor(this.#random.next() * bound);
  }

  one<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  json(levels: number): Json {
    if (levels === 0 || this.chance(0.35)) return this.one(LEAVES);
    const length = this.chance(0.03) ? 40 : this.below(5);
    const children = Array.from({ length }, () => this.json(levels - 1));
    if (this.chance(0.5)) return children;
    return Object.fromEntries(children.map((child) => [this.one(NAMES), child]));
  }

  /** The same document with a few nodes replaced, added, removed or moved. */
  varied(node: Json, rate: number): Json {
    if (this.chance(rate)) return this.chance(0.7) ? this.one(LEAVES) : this.json(2);
    if (Array.isArray(node)) {
      const items = node.map((item) => this.varied(item, rate));
      if (this.chance(rate))
        items.splice(this.below(items.length + 1), this.below(2), this.json(1));
      if (this.chance(rate)) items.reverse();
      return items;
    }
    if (typeof node !== 'object' || node === null) return node;
    const entries = Object.entries(node).map(([name, value]) => [name, this.varied(value, rate)]);
    if (this.chance(rate)) entries.push([this.one(NAMES), this.json(1)]);
    if (this.chance(rate)) entries.splice(this.below(entries.length + 1), 1);
    return Object.fromEntries(entries) as Json;
  }

  rules(): Rule[] {
    return Array.from({ length: this.below(5) }, () => this.one(MAKERS)(this.one(RULE_PATHS)));
  }

  /** How a service may choose to write things. */
  style(): Style {
    const often = (share: number): number => (this.chance(share) ? this.#random.next() : 0);
    return {
      blanks: often(0.3),
      escapes: often(0.3),
      numbers: often(0.3),
      moved: often(0.4),
      repeated: often(0.15),
    };
  }

  write(node: Json, style: Style): string {
    const gap = (): string => (this.chance(style.blanks) ? this.one([' ', '\n', '\t', '  ']) : '');
    const list = (items: readonly string[]): string => items.join(`${gap()},${gap()}`);
    if (Array.isArray(node)) {
      return `[${gap()}${list(node.map((item) => this.write(item, style)))}${gap()}]`;
    }
    if (typeof node === 'string') return this.#writeText(node, style);
    if (typeof node === 'number') return this.#writeNumber(node, style);
    if (typeof node !== 'object' || node === null) return String(node);
    const members = Object.entries(node).map(
      ([name, value]) =>
        `${this.#writeText(name, style)}${gap()}:${gap()}${this.write(value, style)}`,
    );
    if (this.chance(style.moved)) members.sort(() => this.#random.next() - 0.5);
    if (members.length > 0 && this.chance(style.repeated)) {
      members.splice(this.below(members.length + 1), 0, this.one(members));
    }
    return `{${gap()}${list(members)}${gap()}}`;
  }

  #writeText(text: string, style: Style): string {
    const units = text.split('').map((unit) => {
      const isForced = unit < ' ' || unit === '"' || unit === '\\';
      if (!isForced && !this.chance(style.escapes)) return unit;
      const short = JSON.stringify(unit).slice(1, -1);
      return isForced && this.chance(0.5)
        ? short
        : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    });
    return `"${units.join('')}"`;
  }

  #writeNumber(value: number, style: Style): string {
    const text = JSON.stringify(value);
    if (!this.chance(style.numbers)) return text;
    if (text.includes('e')) return this.one([text, text.toUpperCase()]);
    return this.one([`${text}e0`, text.includes('.') ? `${text}0` : `${text}.0`, `${text}E+00`]);
  }

  /** The text with one flaw, mostly no JSON any more. */
  flawed(text: string): string {
    const at = this.below(text.length + 1);
    const flaw = this.one([
      '',
      '',
      '}',
      ']',
      ',',
      '"',
      '\\',
      ':',
      '0',
      '-',
      'e',
      '\u0000',
      '\n',
      'nul',
    ]);
    return this.chance(0.3) ? text.slice(0, at) : text.slice(0, at) + flaw + text.slice(at + 1);
  }
}

interface Style {
  readonly blanks: number;
  readonly escapes: number;
  readonly numbers: number;
  readonly moved: number;
  readonly repeated: number;
}

/** Two documents as texts, and what they are judged by. */
export interface Scenario {
  readonly legacy: string;
  readonly candidate: string;
  readonly rules: readonly Rule[];
  readonly areNumbersStrict: boolean;
  readonly limits: Limits;
}

/** The same scenario for the same seed. */
export function scenarioOf(seed: number): Scenario {
  const draw = new Draw(seed);
  const document = draw.json(4);
  const other = draw.chance(0.1) ? draw.json(4) : draw.varied(document, draw.one([0, 0.02, 0.1]));
  const [style, rules] = [draw.style(), draw.rules()];
  // Most pairs are written by one hand, as two builds of one service would.
  const otherStyle = draw.chance(0.6) ? style : draw.style();
  let legacy = draw.write(document, style);
  let candidate = draw.write(other, otherStyle);
  if (draw.chance(0.1)) legacy = `\uFEFF${legacy}`;
  if (draw.chance(0.15)) legacy = draw.flawed(legacy);
  if (draw.chance(0.15)) candidate = draw.flawed(candidate);
  const limits = draw.chance(0.15)
    ? { ...DEFAULT_LIMITS, depthMax: 1 + draw.below(4) }
    : DEFAULT_LIMITS;
  return { legacy, candidate, rules, areNumbersStrict: draw.chance(0.2), limits };
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Numbers that no double holds, that a double makes one, or whose exponent has no end. */
const HUGE_NUMBERS = [
  '9007199254740992',
  '9007199254740993',
  '9007199254740993.0',
  '1e400',
  '1E+400',
  '10e399',
  '-1e400',
  '1e-400',
  '1e999999999999999999',
  '1e999999999999999998',
  '0e999999999999999999',
  `${'9'.repeat(400)}`,
  `${'9'.repeat(400)}.0`,
  `0.${'0'.repeat(400)}1`,
];

/** The text with numbers in the place of two of its strings. */
export function withHugeNumbers(text: string, draw: Draw): string {
  return text.replaceAll(/"id-[12]"(?!\s*:)/g, () => draw.one(HUGE_NUMBERS));
}

/** One of two documents as deep as asked, the same but perhaps for one thing. */
export function deepPair(draw: Draw, levels: number): readonly [string, string] {
  const kinds = Array.from({ length: levels }, () => draw.chance(0.5));
  const open = kinds.map((isArray) => (isArray ? '[' : '{"a":')).join('');
  const close = kinds
    .map((isArray) => (isArray ? ']' : '}'))
    .reverse()
    .join('');
  const leaves = draw.one([
    ['1', '1'],
    ['1', '2'],
    ['"x"', '"\\u0078"'],
    ['1', '1.0'],
    ['1', ''],
    ['{"a":1,"b":2}', '{"b":2,"a":1}'],
  ] as const);
  const [legacy, candidate] = leaves.map((leaf) => open + leaf + close);
  // A difference near the root as well, in front of all the depth.
  const isWrapped = draw.chance(0.5);
  const wrap = (text: string, at: number): string =>
    isWrapped ? `{"at":${at},"b":${text}}` : text;
  const isCut = draw.chance(0.2);
  return [
    wrap(legacy ?? '', 1),
    wrap(isCut ? (candidate ?? '').slice(0, -1) : (candidate ?? ''), draw.below(3)),
  ];
}
