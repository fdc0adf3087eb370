import { equals, type Message, toBinary, toJson } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { librarySet, messageOf } from '../../../test/grpc-fixtures.ts';
import { canonicalJson } from './canonical-json.ts';
import { isList, isObject, type Json, writeJson } from './lossless.ts';

const set = librarySet();
const everything = set.message('falsework.test.Everything');
const { registry } = set;
const canonical = canonicalJson(everything, registry);

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
// Small numbers too, or zeros and equal values would hardly ever occur.
const int64 = fc.oneof(
  fc.bigInt({ min: -3n, max: 3n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);
const uint64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 3n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);
const float = fc.float({ noNaN: false });
const double = fc.double({ noNaN: false });
const text = fc.string({ unit: 'grapheme', maxLength: 5 });
const bytes = fc.uint8Array({ maxLength: 5 });
const colour = fc.constantFrom(0, 1, 2, -1, 9);
const timestamp = fc
  .record({
    seconds: fc.bigInt({ min: -62135596800n, max: 253402300799n }),
    nanos: fc.constantFrom(0, 1, 10, 500_000_000, 999_999_999),
  })
  .map((value) => messageOf(set.message('google.protobuf.Timestamp'), value));
const duration = fc
  .record({ seconds: fc.bigInt({ min: 0n, max: 3n }), nanos: fc.constantFrom(0, 1, 999_999_999) })
  .map((value) => messageOf(set.message('google.protobuf.Duration'), value));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const free = fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes('-0'));
const choice = fc.oneof(
  fc.constant({ case: undefined }),
  fc.record({ case: fc.constant('chosenInt64'), value: int64 }),
  fc.record({ case: fc.constant('chosenString'), value: text }),
  fc.record({ case: fc.constant('chosenNull'), value: fc.constant(0) }),
);

const { message } = fc.letrec<{ message: Message }>((tie) => {
  const members = fc.record(
    {
      anInt32: int32,
      anInt64: int64,
      anUint64: uint64,
      aFloat: float,
      aDouble: double,
      aBool: fc.boolean(),
      aString: text,
      someBytes: bytes,
      colour,
      child: maybe(tie('message')),
      int64s: fc.array(int64, { maxLength: 2 }),
      children: fc.array(tie('message'), { maxLength: 2 }),
      colours: fc.array(colour, { maxLength: 2 }),
      texts: fc.dictionary(fc.string({ maxLength: 3 }), text, { maxKeys: 2 }),
      amounts: fc.dictionary(fc.integer().map(String), double, { maxKeys: 2 }),
      maybeInt32: maybe(int32),
      maybeString: maybe(text),
      maybeColour: maybe(colour),
      choice,
      at: maybe(timestamp),
      took: maybe(duration),
      int64Value: maybe(int64),
      struct: maybe(fc.dictionary(fc.string({ maxLength: 3 }), free, { maxKeys: 2 })),
      stringValue: maybe(text),
      bytesValue: maybe(bytes),
      instants: fc.array(timestamp, { maxLength: 2 }),
    },
    { requiredKeys: [] },
  );
  const made = members.map((init) => messageOf(everything, init));
  const leaf = fc.record({ anInt64: int64, maybeInt32: maybe(int32) });
  return {
    message: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf.map((init) => messageOf(everything, init)),
      made,
    ),
  };
});

/** The document of a message. */
const of = (value: Message): string =>
  canonical.fromMessage(toBinary(everything, value)) ?? expect.fail('It has no document.');

/** Other legal spellings of a document: numbers as texts, names as numbers, zones, no defaults. */
function respell(json: Json, pick: () => number): Json {
  if (isList(json)) return json.map((each) => respell(each, pick));
  if (!isObject(json)) return json;
  const members = Object.entries(json).flatMap(([name, value]): [string, Json][] => {
    const original = /^(?:[a-z]+[A-Z0-9])/.test(name) && pick() < 0.5 ? originalOf(name) : name;
    const isNumber = /(?:[Ii]nt(?:32|64)s?|Float|Double)(?:Value)?$/.test(name);
    const shown =
      name === 'struct' ? value : isNumber ? renumber(value, pick) : respell(value, pick);
    return [[original, shown]];
  });
  return Object.fromEntries(pick() < 0.5 ? members : members.reverse());
}

const originals = new Map(everything.fields.map((field) => [field.jsonName, field.name]));
const originalOf = (name: string): string => originals.get(name) ?? name;

function renumber(value: Json, pick: () => number): Json {
  if (isList(value)) return value.map((each) => renumber(each, pick));
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value);
  return typeof value === 'number' && pick() < 0.5 ? writeJson(value) : value;
}

describe('canonical documents', () => {
  it('are their own canonical documents', () => {
    fc.assert(
      fc.property(message, (one) => {
        const document = of(one);
        expect(canonical.fromText(document)).toBe(document);
      }),
    );
  });

  it('are equal exactly when their messages are', () => {
    const near = fc.oneof(
      fc.tuple(message, message),
      message.map((one) => [one, one] as const),
    );
    fc.assert(
      fc.property(near, ([one, other]) => {
        // Protobuf's own equality takes NaN for unequal to itself, and 0 for -0; bytes do not.
        const isEqual =
          Buffer.compare(toBinary(everything, one), toBinary(everything, other)) === 0;
        expect(of(one) === of(other)).toBe(isEqual || equals(everything, one, other));
      }),
      { numRuns: 300 },
    );
  });

  it('tell a message from any that differs in one field', () => {
    fc.assert(
      fc.property(message, int64, int32, (one, a, b) => {
        const changed = messageOf(everything, { ...one, anInt64: a, maybeInt32: b });
        const isEqual = equals(everything, one, changed) || of(one) === of(changed);
        const isSame =
          (one as never as { anInt64: bigint }).anInt64 === a &&
          (one as never as { maybeInt32?: number }).maybeInt32 === b;
        expect(isEqual).toBe(isSame);
      }),
      { numRuns: 300 },
    );
  });

  it('are the same whatever spelling of the message they are made from', () => {
    fc.assert(
      fc.property(
        message,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (one, random) => {
          const pick = (): number => random.next().value ?? 0;
          const options = {
            registry,
            alwaysEmitImplicit: pick() < 0.5,
            enumAsInteger: pick() < 0.5,
            useProtoFieldName: pick() < 0.5,
          };
          const spelled = writeJson(respell(toJson(everything, one, options) as Json, pick));
          expect(canonical.fromText(spelled)).toBe(of(one));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never fail on any JSON, and are stable', () => {
    const names = fc.constantFrom(...everything.fields.map(({ jsonName }) => jsonName));
    const anyObject = fc.dictionary(names, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), anyObject), (json) => {
        const document = canonical.fromText(JSON.stringify(json)) ?? expect.fail('It failed.');
        expect(canonical.fromText(document)).toBe(document);
      }),
      { numRuns: 500 },
    );
  });
});
