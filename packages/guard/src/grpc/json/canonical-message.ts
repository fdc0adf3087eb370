import type { DescExtension, DescField, DescMessage, Registry } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { isList, isObject, type Json, type JsonObject, Verbatim } from './lossless.ts';
import {
  canonicalEnum,
  canonicalScalar,
  defaultOf,
  isNullEnum,
  isWrapper,
  TEXT_TYPES,
} from './scalars.ts';

type Field = DescField | DescExtension;

// What protobuf's own parsers allow; deeper values stay as they are.
const DEPTH_MAX = 100;
const DYNAMIC = new Map<string, (json: Json) => Json>([
  ['google.protobuf.Struct', (json) => (isObject(json) ? dynamic(json, 0) : json)],
  ['google.protobuf.ListValue', (json) => (isList(json) ? dynamic(json, 0) : json)],
  ['google.protobuf.Value', (json) => dynamic(json, 0)],
]);

/**
 * Rewrites JSON of a message so that one message has one document. What is no value of its type,
 * and members that the type does not have, stay as they are: they differ from every legal value.
 */
export class Canonicaliser {
  readonly #registry: Registry;
  readonly #names = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

  /** The registry is where types in an Any, and extensions, are found. */
  constructor(registry: Registry) {
    this.#registry = registry;
  }

  message(desc: DescMessage, json: Json, depth = 0): Json {
    const text = TEXT_TYPES.get(desc.typeName);
    if (text !== undefined) return typeof json === 'string' ? (text(json) ?? json) : json;
    const free = DYNAMIC.get(desc.typeName);
    if (free !== undefined) return free(json);
    if (isWrapper(desc)) return this.#single(desc.fields[0] as DescField, json, depth);
    if (!isObject(json) || depth > DEPTH_MAX) return json;
    if (desc.typeName === 'google.protobuf.Any') return this.#any(json, depth);
    return Object.fromEntries(this.#members(desc, json, depth));
  }

  #members(desc: DescMessage, json: JsonObject, depth: number): [string, Json][] {
    const byName = this.#namesOf(desc);
    const given = new Map<Field, Json>();
    const others: [string, Json][] = [];
    for (const [name, value] of Object.entries(json)) {
      const field = byName.get(name) ?? this.#extension(desc, name);
      // Given under both of its names, one of them is not understood, and must not hide.
      if (field === undefined || given.has(field)) others.push([name, value]);
      else given.set(field, value);
    }
    const members = desc.fields.flatMap((field): [string, Json][] => {
      const value = this.#field(field, given.get(field), depth);
      return value === undefined ? [] : [[field.jsonName, value]];
    });
    for (const [field, value] of given) {
      const extended = field.kind === 'extension' ? this.#field(field, value, depth) : undefined;
      if (extended !== undefined) members.push([field.jsonName, extended]);
    }
    return [...members, ...others];
  }

  /** A field by what was given for it; `undefined` when it is absent and has no default. */
  #field(field: Field, json: Json | undefined, depth: number): Json | undefined {
    const isAbsent = json === undefined || (json === null && !takesNull(field));
    if (field.fieldKind === 'list') {
      if (isAbsent) return [];
      return isList(json) ? json.map((each) => this.#single(field, each, depth)) : json;
    }
    if (field.fieldKind === 'map') {
      if (isAbsent) return {};
      if (!isObject(json)) return json;
      return mapped(json, (each) => this.#single(field, each, depth));
    }
    if (!isAbsent) return this.#single(field, json, depth);
    if (field.presence !== FeatureSet_FieldPresence.IMPLICIT) return undefined;
    if (field.fieldKind === 'enum') return canonicalEnum(field.enum, 0);
    return field.fieldKind === 'scalar' ? defaultOf(field.scalar) : undefined;
  }

  #single(field: Field, json: Json, depth: number): Json {
    if (field.message !== undefined) return this.message(field.message, json, depth + 1);
    if (field.enum !== undefined) {
      const value = canonicalEnum(field.enum, json);
      return value === undefined ? json : value;
    }
    return canonicalScalar(field.scalar, json) ?? json;
  }

  #any(json: JsonObject, depth: number): Json {
    const type = json['@type'];
    if (typeof type !== 'string') return json;
    const desc = this.#registry.getMessage(type.slice(type.lastIndexOf('/') + 1));
    if (desc === undefined) return json;
    const { '@type': _type, ...rest } = json;
    if (!hasOwnJson(desc)) {
      return { '@type': type, ...(this.message(desc, rest, depth + 1) as JsonObject) };
    }
    const { value, ...others } = rest;
    if (value === undefined) return json;
    return { '@type': type, value: this.message(desc, value, depth + 1), ...others };
  }

  #extension(desc: DescMessage, name: string): DescExtension | undefined {
    if (!name.startsWith('[') || !name.endsWith(']')) return undefined;
    const extension = this.#registry.getExtension(name.slice(1, -1));
    return extension?.extendee.typeName === desc.typeName ? extension : undefined;
  }

  #namesOf(desc: DescMessage): ReadonlyMap<string, DescField> {
    let names = this.#names.get(desc);
    if (names === undefined) {
      // Where one field's name is another's JSON name, the JSON name has it.
      const original = desc.fields.map((field) => [field.name, field] as const);
      const json = desc.fields.map((field) => [field.jsonName, field] as const);
      names = new Map([...original, ...json]);
      this.#names.set(desc, names);
    }
    return names;
  }
}

/** True for a type that stands under `value` in an Any. */
function hasOwnJson(desc: DescMessage): boolean {
  const { typeName } = desc;
  if (TEXT_TYPES.has(typeName) || DYNAMIC.has(typeName) || isWrapper(desc)) return true;
  return typeName === 'google.protobuf.Any';
}

/** True for a field to which null is a value and not its absence. */
function takesNull(field: Field): boolean {
  if (field.fieldKind === 'list' || field.fieldKind === 'map') return false;
  if (field.enum !== undefined) return isNullEnum(field.enum);
  return field.message?.typeName === 'google.protobuf.Value';
}

/** Values without a type: only numbers have more than one spelling, and all of them are doubles. */
function dynamic(json: Json, depth: number): Json {
  if (typeof json === 'bigint' || json instanceof Verbatim) {
    const double = Number(json instanceof Verbatim ? json.text : json);
    return Number.isFinite(double) ? double : json;
  }
  if (depth > DEPTH_MAX) return json;
  if (isList(json)) return json.map((each) => dynamic(each, depth + 1));
  if (!isObject(json)) return json;
  return mapped(json, (each) => dynamic(each, depth + 1));
}

/** A map has no order, so that of its names is given to it. */
function mapped(json: JsonObject, change: (value: Json) => Json): Json {
  const entries = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, value]) => [name, change(value)]));
}
