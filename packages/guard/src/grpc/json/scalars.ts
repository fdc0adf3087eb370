import { type DescEnum, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { canonicalDuration, canonicalTimestamp } from './instants.ts';
import type { Json } from './lossless.ts';
import { canonicalFloat, canonicalInteger, isIntegerType } from './numbers.ts';

// Both alphabets, with or without padding; never both alphabets in one text.
const BASE64 = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/;
const WRAPPER = /^google\.protobuf\.(?:Double|Float|U?Int(?:32|64)|Bool|String|Bytes)Value$/;
const NULL_VALUE = 'google.protobuf.NullValue';

/** One scalar in its one spelling; `undefined` when it is no value of the type. */
export function canonicalScalar(type: ScalarType, json: Json): Json | undefined {
  if (isIntegerType(type)) return canonicalInteger(type, json);
  if (type === ScalarType.DOUBLE || type === ScalarType.FLOAT) return canonicalFloat(type, json);
  if (type === ScalarType.BOOL) return typeof json === 'boolean' ? json : undefined;
  if (typeof json !== 'string') return undefined;
  return type === ScalarType.BYTES ? canonicalBytes(json) : json;
}

/** What a field without presence has when it is left out. */
export function defaultOf(type: ScalarType): Json {
  if (type === ScalarType.STRING || type === ScalarType.BYTES) return '';
  return type === ScalarType.BOOL ? false : 0;
}

/**
 * An enum by the first name of its number; a number that has no name stays a number. `undefined`
 * for a name that the enum does not know.
 */
export function canonicalEnum(desc: DescEnum, json: Json): Json | undefined {
  if (isNullEnum(desc)) {
    return json === null || json === 0 || json === 'NULL_VALUE' ? null : undefined;
  }
  if (typeof json === 'string') {
    const named = desc.values.find(({ name }) => name === json);
    return named === undefined ? undefined : nameOf(desc, named.number);
  }
  const number = canonicalInteger(ScalarType.INT32, json);
  return number === undefined ? undefined : nameOf(desc, Number(number));
}

/** An enum whose one value is `null`. */
export function isNullEnum(desc: DescEnum): boolean {
  return desc.typeName === NULL_VALUE;
}

/** True for a message whose JSON is that of its one field. */
export function isWrapper({ typeName }: DescMessage): boolean {
  return WRAPPER.test(typeName);
}

/** The well-known types whose JSON is a string; `undefined` for a text that is none. */
export const TEXT_TYPES: ReadonlyMap<string, (text: string) => string | undefined> = new Map([
  ['google.protobuf.Timestamp', canonicalTimestamp],
  ['google.protobuf.Duration', canonicalDuration],
  ['google.protobuf.FieldMask', canonicalMask],
]);

/** Names of the proto are taken as well: no mask in camel case has an underscore. */
function canonicalMask(text: string): string {
  return text.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function canonicalBytes(text: string): string | undefined {
  if (!BASE64.test(text)) return undefined;
  const bare = text.replace(/=+$/, '');
  // One character alone is six bits: no byte.
  return bare.length % 4 === 1 ? undefined : Buffer.from(bare, 'base64').toString('base64');
}

function nameOf(desc: DescEnum, number: number): string | number {
  return desc.values.find((value) => value.number === number)?.name ?? number;
}
