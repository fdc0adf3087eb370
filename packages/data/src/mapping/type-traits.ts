import type { ColumnType } from '../catalogue/catalogue.ts';

/**
 * Types that PostgreSQL hashes by value and alike on every server, by name. What is not here is
 * compared by its text: enums hash their object id, which differs between databases; json, xml,
 * bit strings, points and text search vectors have no hash; types of extensions promise nothing.
 */
const HASHED_BY_VALUE = new Set([
  'boolean',
  'smallint',
  'integer',
  'bigint',
  'oid',
  'numeric',
  'real',
  'double precision',
  'text',
  'character varying',
  'pg_catalog.bpchar',
  '"char"',
  'name',
  'bytea',
  'uuid',
  'date',
  'time without time zone',
  'time with time zone',
  'timestamp without time zone',
  'timestamp with time zone',
  'interval',
  'jsonb',
  'inet',
  'cidr',
  'macaddr',
  'macaddr8',
  'pg_lsn',
]);

/** Types whose order is the same on every server, whatever its locale. */
const ORDERED_ALIKE = new Set(
  [...HASHED_BY_VALUE].filter(
    (name) => !['text', 'character varying', 'pg_catalog.bpchar', 'name', 'jsonb'].includes(name),
  ),
);

const TEXTS = new Set(['text', 'character varying', 'pg_catalog.bpchar', 'name']);

/** How two values that should be equal are made comparable, and what is special about it. */
export interface Comparison {
  /** What both sides are cast to before hashing; `null` when their type hashes as it is. */
  readonly cast: string | null;
  /** `value`: equal as the type sees it; `text`: equal as printed. */
  readonly by: 'value' | 'text';
  /** Why it is compared as text although nobody asked for it; `null` otherwise. */
  readonly because: string | null;
}

/** How values of a type of the follower are compared. */
export function comparisonOf(type: ColumnType, asked: 'value' | 'text' | undefined): Comparison {
  if (asked === 'text') return { cast: 'text', by: 'text', because: null };
  if (type.name === 'json') return { cast: 'jsonb', by: 'value', because: null };
  const element = type.kind === 'array' ? (type.element ?? '') : type.name;
  const isHashed = HASHED_BY_VALUE.has(element) && ['base', 'array'].includes(type.kind);
  return isHashed
    ? { cast: null, by: 'value', because: null }
    : { cast: 'text', by: 'text', because: whyText(type) };
}

/**
 * What the source casts a value to before it leaves; `null` for types that only the follower has.
 * Length and precision are part of it only where writing rounds to them: a text that is too long
 * must be refused when it is written, not be cut off on the way.
 */
export function castOf(type: ColumnType): string | null {
  if (!type.isBuiltIn) return null;
  return /^(numeric|timestamp|time|interval)/.test(type.name) ? type.full : type.name;
}

/** True when rows ordered by this type come in the same order on both servers. */
export function isOrderedAlike(type: ColumnType): boolean {
  return type.kind === 'base' && ORDERED_ALIKE.has(type.name);
}

/** True for types that hold characters. */
export function isText(type: ColumnType): boolean {
  return type.kind === 'base' && TEXTS.has(type.name);
}

function whyText(type: ColumnType): string {
  switch (type.kind) {
    case 'enum':
      return 'labels of an enum are hashed by object ids, which differ between databases';
    case 'array':
      return `elements of type ${type.element ?? 'unknown'} have no hash by value`;
    case 'composite':
    case 'range':
    case 'multirange':
      return `a ${type.kind} hashes as its parts do, and those may differ between servers`;
    case 'base':
      return `${type.name} has no hash by value`;
  }
}

/** What becomes of a value on its way from one type to another. */
export type Conversion = 'same' | 'lossless' | 'lossy' | 'none';

const WIDER: Readonly<Record<string, readonly string[]>> = {
  smallint: ['integer', 'bigint', 'numeric', 'real', 'double precision'],
  integer: ['bigint', 'numeric', 'double precision'],
  bigint: ['numeric'],
  oid: ['bigint', 'numeric'],
  real: ['double precision'],
  'character varying': ['text'],
  'pg_catalog.bpchar': ['text', 'character varying'],
  name: ['text', 'character varying'],
  text: ['character varying'],
  date: ['timestamp without time zone'],
  cidr: ['inet'],
  json: ['jsonb'],
};

const NARROWER: Readonly<Record<string, readonly string[]>> = {
  integer: ['smallint', 'real'],
  bigint: ['integer', 'smallint', 'double precision', 'real'],
  numeric: ['bigint', 'integer', 'smallint', 'double precision', 'real', 'money'],
  'double precision': ['real', 'numeric', 'bigint', 'integer'],
  real: ['numeric'],
  'timestamp with time zone': ['timestamp without time zone', 'date'],
  'timestamp without time zone': ['timestamp with time zone', 'date'],
  jsonb: ['json'],
  inet: ['cidr'],
  money: ['numeric'],
};

/**
 * What becomes of a value that goes unchanged from a column of one type into a column of another.
 * O(labels) for enums, O(1) otherwise. `json` to `jsonb` is lossless as far as JSON has a meaning.
 */
export function conversionOf(from: ColumnType, to: ColumnType): Conversion {
  if (from.kind === 'enum') return enumConversion(from, to);
  if (from.kind !== to.kind) {
    return isText(to) && isUnlimited(to) ? 'lossless' : 'none';
  }
  if (from.name === to.name) return isWithin(from, to) ? 'same' : 'lossy';
  if (WIDER[from.name]?.includes(to.name)) {
    return isUnlimited(to) || isWithin(from, to) ? 'lossless' : 'lossy';
  }
  if (NARROWER[from.name]?.includes(to.name)) return 'lossy';
  // Everything prints; a text that stands for another type is still all there.
  if (to.name === 'text' && from.kind === 'base') return 'lossless';
  return 'none';
}

function enumConversion(from: ColumnType, to: ColumnType): Conversion {
  if (to.kind === 'enum') {
    return from.labels.every((label) => to.labels.includes(label)) ? 'same' : 'lossy';
  }
  if (!isText(to)) return 'none';
  const limit = sizesOf(to)[0];
  const longest = Math.max(0, ...from.labels.map((label) => label.length));
  return limit === undefined || longest <= limit ? 'lossless' : 'lossy';
}

function isUnlimited(type: ColumnType): boolean {
  return type.full === type.name;
}

/** True when every value of the one fits the length or precision of the other. */
function isWithin(from: ColumnType, to: ColumnType): boolean {
  if (isUnlimited(to) || from.full === to.full) return true;
  if (isUnlimited(from)) return digitsOf(from, to);
  const [fromSize = 0, fromScale = 0] = sizesOf(from);
  const [toSize = 0, toScale = 0] = sizesOf(to);
  return toScale >= fromScale && toSize - toScale >= fromSize - fromScale;
}

const INTEGER_DIGITS: Readonly<Record<string, number>> = { smallint: 5, integer: 10, bigint: 19 };

function digitsOf(from: ColumnType, to: ColumnType): boolean {
  const digits = INTEGER_DIGITS[from.name];
  if (to.name !== 'numeric' || digits === undefined) return false;
  const [size = 0, scale = 0] = sizesOf(to);
  return size - scale >= digits;
}

/** Length, or precision and scale, as the type was declared with. */
function sizesOf(type: ColumnType): number[] {
  const found = /\((-?\d+)(?:,(-?\d+))?\)/.exec(type.full);
  return found === null
    ? []
    : [found[1], found[2]].filter((part) => part !== undefined).map(Number);
}
