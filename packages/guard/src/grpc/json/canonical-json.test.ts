import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { librarySet, messageOf } from '../../../test/grpc-fixtures.ts';
import { canonicalJson, UNKNOWN_FIELDS } from './canonical-json.ts';

const set = librarySet();
const everything = set.message('falsework.test.Everything');
const canonical = canonicalJson(everything, set.registry);

/** The canonical text of a document; fails where there is none. */
function of(text: string): string {
  const found = canonical.fromText(text);
  if (found === null) throw new Error(`${text} has no canonical form.`);
  return found;
}

const EMPTY = of('{}');

// Spellings of one and the same message: the rules of the public proto3 JSON specification, and the
// cases that its conformance suite asks about, one spelling per line.
const SAME: readonly (readonly [what: string, ...spellings: string[]])[] = [
  ['a zero that is left out', '{}', '{"anInt32":0}', '{"anInt32":null}', '{"an_int32":"0"}'],
  ['every default', '{}', '{"aBool":false,"aString":"","someBytes":"","aDouble":0,"aFloat":0.0}'],
  ['an enum at its default', '{}', '{"colour":"COLOUR_UNSPECIFIED"}', '{"colour":0}'],
  ['empty lists and maps', '{}', '{"int64s":[],"texts":{}}', '{"int64s":null,"texts":null}'],
  ['null for any field', '{}', '{"at":null,"child":null,"maybeInt32":null,"int64Value":null}'],
  ['the original name', '{"anInt32":1}', '{"an_int32":1}'],
  ['a custom JSON name', '{"otherName":"a"}', '{"renamed":"a"}'],
  ['a name with odd underscores', '{"LeadingOdd":"a"}', '{"_leading__odd":"a"}'],
  ['blanks and escapes', '{"aString":"é/"}', ' { "\\u0061String" : "\\u00e9\\/" } '],
  ['int32', '{"anInt32":100000}', '{"anInt32":1e5}', '{"anInt32":"100000"}', '{"anInt32":1.0e5}'],
  ['int32 with a fraction of zeros', '{"anInt32":1}', '{"anInt32":1.000}', '{"anInt32":"1.0"}'],
  ['the smallest int32', '{"anInt32":-2147483648}', '{"anInt32":"-2147483648"}'],
  ['the largest uint32', '{"anUint32":4294967295}', '{"anUint32":"4294967295"}'],
  [
    'the largest int64',
    '{"anInt64":"9223372036854775807"}',
    '{"anInt64":9223372036854775807}',
    '{"anInt64":9223372036854775807.0}',
    '{"anInt64":9.223372036854775807e18}',
  ],
  ['the smallest int64', '{"anInt64":"-9223372036854775808"}', '{"anInt64":-9223372036854775808}'],
  [
    'the largest uint64',
    '{"anUint64":"18446744073709551615"}',
    '{"anUint64":18446744073709551615}',
  ],
  [
    'an int64 past what a double holds',
    '{"a_sint64":9007199254740993}',
    '{"aSint64":"9007199254740993"}',
  ],
  ['minus zero as a whole number', '{}', '{"anInt32":-0}', '{"anInt64":"-0"}'],
  ['a double', '{"aDouble":0.1}', '{"aDouble":"0.1"}', '{"aDouble":1e-1}', '{"aDouble":0.10}'],
  ['a double between two', '{"aDouble":0.1}', '{"aDouble":0.1000000000000000055}'],
  ['a double that is whole', '{"aDouble":5}', '{"aDouble":5.0}', '{"aDouble":"5"}'],
  ['a large double', '{"aDouble":1e20}', '{"aDouble":100000000000000000000}'],
  ['a float', '{"aFloat":0.1}', '{"aFloat":0.10000000149011612}', '{"aFloat":"0.1"}'],
  ['the largest float', '{"aFloat":3.4028235e38}', '{"aFloat":3.4028234663852886e+38}'],
  ['an enum', '{"colour":"RED"}', '{"colour":1}', '{"colour":1.0}'],
  ['an enum by its alias', '{"colour":"RED"}', '{"colour":"CRIMSON"}'],
  ['a negative enum', '{"colour":"NEGATIVE"}', '{"colour":-1}'],
  ['enums in a list', '{"colours":["RED","BLUE"]}', '{"colours":[1,2]}'],
  [
    'bytes',
    '{"someBytes":"+/8="}',
    '{"someBytes":"-_8="}',
    '{"someBytes":"-_8"}',
    '{"someBytes":"+/8"}',
  ],
  [
    'an instant',
    '{"at":"2026-11-20T10:00:00Z"}',
    '{"at":"2026-11-20T11:00:00+01:00"}',
    '{"at":"2026-11-20T10:00:00.000000000Z"}',
    '{"at":"2026-11-20T02:00:00.0-08:00"}',
  ],
  [
    'an instant with nanoseconds',
    '{"at":"1970-01-01T00:00:00.010Z"}',
    '{"at":"1970-01-01T00:00:00.01Z"}',
  ],
  ['the first instant', '{"at":"0001-01-01T00:00:00Z"}', '{"at":"0001-01-01T01:00:00+01:00"}'],
  [
    'the last instant',
    '{"at":"9999-12-31T23:59:59.999999999Z"}',
    '{"at":"9999-12-31T22:59:59.999999999-01:00"}',
  ],
  ['a duration', '{"took":"1.500s"}', '{"took":"1.5s"}', '{"took":"1.500000s"}'],
  ['no duration', '{"took":"0s"}', '{"took":"-0s"}', '{"took":"0.000s"}'],
  ['a negative duration', '{"took":"-1.000000001s"}'],
  ['the longest duration', '{"took":"315576000000s"}', '{"took":"315576000000.0s"}'],
  ['a field mask', '{"mask":"aString,child.anInt32"}', '{"mask":"a_string,child.an_int32"}'],
  ['a wrapper', '{"int64Value":"5"}', '{"int64Value":5}', '{"int64_value":5.0}'],
  ['wrapped bytes', '{"bytesValue":"-_8"}', '{"bytesValue":"+/8="}'],
  ['wrapped in a list', '{"int64Values":["1","0"]}', '{"int64Values":[1,0]}'],
  [
    'instants in a list',
    '{"instants":["2026-01-01T00:00:00Z"]}',
    '{"instants":["2026-01-01T01:00:00+01:00"]}',
  ],
  ['a map of doubles', '{"amounts":{"1":"1.0"}}', '{"amounts":{"1":1}}'],
  ['a map of messages', '{"byBool":{"true":{}}}', '{"byBool":{"true":{"anInt32":0}}}'],
  ['a message in a message', '{"child":{}}', '{"child":{"aString":""}}'],
  ['free values', '{"struct":{"a":1,"b":null}}', '{"struct":{"a":1.0,"b":null}}'],
  ['a free number past a double', '{"value":9007199254740993}', '{"value":9007199254740992}'],
  ['the one null', '{}', '{"nullValue":null}', '{"nullValue":"NULL_VALUE"}'],
  ['a chosen null', '{"chosenNull":null}', '{"chosen_null":"NULL_VALUE"}'],
  [
    'any message',
    '{"any":{"@type":"type.googleapis.com/falsework.test.Author","firstName":"A"}}',
    '{"any":{"lastName":"","first_name":"A","@type":"type.googleapis.com/falsework.test.Author"}}',
  ],
  [
    'any well-known type',
    '{"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}}',
    '{"any":{"value":"1.0s","@type":"type.googleapis.com/google.protobuf.Duration"}}',
  ],
  [
    'any in any',
    '{"any":{"@type":"x/google.protobuf.Any","value":{"@type":"x/google.protobuf.Int64Value","value":"1"}}}',
    '{"any":{"@type":"x/google.protobuf.Any","value":{"@type":"x/google.protobuf.Int64Value","value":1}}}',
  ],
];

describe('one message', () => {
  it.each(SAME)('has one document: %s', (_what, ...spellings) => {
    const documents = spellings.map(of);
    expect(new Set(documents).size).toBe(1);
    expect(of(documents[0] as string)).toBe(documents[0]);
  });

  it('has its defaults filled in, so that rules find a number to compare with', () => {
    expect(JSON.parse(EMPTY)).toMatchObject({
      anInt32: 0,
      colour: 'COLOUR_UNSPECIFIED',
      int64s: [],
    });
    expect(JSON.parse(EMPTY)).not.toHaveProperty('child');
    expect(JSON.parse(EMPTY)).not.toHaveProperty('maybeInt32');
  });

  it('has the same document from its bytes as from its JSON', () => {
    const message = messageOf(everything, {
      anInt64: 9007199254740993n,
      aFloat: 0.1,
      aDouble: Number.NaN,
      colour: 1,
      texts: { a: 'b' },
      at: { seconds: 1n, nanos: 5 },
      choice: { case: 'chosenInt64', value: 0n },
    });
    const text =
      '{"anInt64":9007199254740993,"aFloat":0.1,"aDouble":"NaN","colour":"CRIMSON",' +
      '"texts":{"a":"b"},"at":"1970-01-01T01:00:01.000000005+01:00","chosenInt64":"0"}';
    expect(canonical.fromMessage(toBinary(everything, message))).toBe(of(text));
  });
});

// Each line holds documents of which no two may ever be taken for one.
const DIFFERENT: readonly (readonly [what: string, ...documents: string[]])[] = [
  ['presence of an optional field', '{}', '{"maybeInt32":0}', '{"maybeInt32":1}'],
  ['presence of an optional text', '{}', '{"maybeString":""}', '{"maybeString":"a"}'],
  ['presence of a message', '{}', '{"child":{}}', '{"child":{"anInt32":1}}'],
  ['presence of a wrapper', '{}', '{"int32Value":0}', '{"boolValue":false}', '{"stringValue":""}'],
  [
    'which of a oneof',
    '{}',
    '{"chosenInt64":0}',
    '{"chosenString":""}',
    '{"chosenNull":null}',
    '{"chosenValue":null}',
  ],
  [
    'null and no value',
    '{}',
    '{"value":null}',
    '{"value":{}}',
    '{"value":[]}',
    '{"value":""}',
    '{"value":0}',
  ],
  [
    'a name with null and none',
    '{"struct":{}}',
    '{"struct":{"a":null}}',
    '{"struct":{"a":0}}',
    '{}',
  ],
  [
    'large whole numbers',
    '{"anInt64":9007199254740993}',
    '{"anInt64":9007199254740992}',
    '{"anInt64":"9007199254740994"}',
  ],
  ['doubles next to each other', '{"aDouble":0.1}', '{"aDouble":0.10000000000000002}'],
  ['floats next to each other', '{"aFloat":0.1}', '{"aFloat":0.10000001}'],
  [
    'what is not finite',
    '{"aDouble":"NaN"}',
    '{"aDouble":"Infinity"}',
    '{"aDouble":"-Infinity"}',
    '{}',
  ],
  ['minus zero as a double', '{"aDouble":-0.0}', '{}'],
  ['enum numbers without names', '{"colour":7}', '{"colour":8}', '{"colour":"SEVEN"}'],
  ['a nanosecond', '{"at":"1970-01-01T00:00:00.000000001Z"}', '{"at":"1970-01-01T00:00:00Z"}'],
  ['the sign of a duration', '{"took":"1s"}', '{"took":"-1s"}'],
  ['the order of a list', '{"int64s":[1,2]}', '{"int64s":[2,1]}'],
  ['a member that nobody knows', '{}', '{"more":null}', '{"more":0}', '{"more":{}}'],
  ['large numbers that nobody knows', '{"more":9007199254740993}', '{"more":9007199254740992}'],
  ['long fractions that nobody knows', '{"more":0.1000000000000000001}', '{"more":0.1}'],
  ['a field under both of its names', '{"anInt32":1}', '{"anInt32":1,"an_int32":2}'],
  [
    'the type of an Any',
    '{"any":{"@type":"x/falsework.test.Author"}}',
    '{"any":{"@type":"x/falsework.test.Book"}}',
    '{"any":{}}',
  ],
  [
    'an Any of a type that nobody knows',
    '{"any":{"@type":"x/y","a":1}}',
    '{"any":{"@type":"x/y","a":"1"}}',
  ],
  ['an object called __proto__', '{"__proto__":{}}', '{"__proto__":{"a":1}}', '{}'],
  ['a text and a number', '{"aString":"1"}', '{"aString":1}'],
];

describe('different messages', () => {
  it.each(DIFFERENT)('have different documents: %s', (_what, ...documents) => {
    expect(new Set(documents.map(of)).size).toBe(documents.length);
  });
});

// What a conforming parser refuses. It is compared as it stands, and equals nothing that is legal.
const ILLEGAL: readonly (readonly [what: string, member: string, value: string])[] = [
  ['a fraction for a whole number', 'anInt32', '0.5'],
  ['a fraction in a text', 'anInt32', '"0.5"'],
  ['a text that is no number', 'anInt32', '"abc"'],
  ['an empty text for a number', 'anInt32', '""'],
  ['blanks around a number', 'anInt32', '" 1"'],
  ['a plus sign', 'anInt32', '"+1"'],
  ['leading zeros', 'anInt32', '"01"'],
  ['an int32 too large', 'anInt32', '2147483648'],
  ['an int32 too small', 'anInt32', '-2147483649'],
  ['a uint32 below zero', 'anUint32', '-1'],
  ['an int64 too large', 'anInt64', '"9223372036854775808"'],
  ['a uint64 too large', 'anUint64', '18446744073709551616'],
  ['a double too large', 'aDouble', '"1.89769e+308"'],
  ['a float too large', 'aFloat', '3.502823e+38'],
  ['nan in other letters', 'aDouble', '"nan"'],
  ['a boolean as text', 'aBool', '"true"'],
  ['a boolean as a number', 'aBool', '1'],
  ['an object as text', 'aString', '{}'],
  ['an enum that is no whole number', 'colour', '0.5'],
  ['an enum in other letters', 'colour', '"red"'],
  ['bytes that are no base64', 'someBytes', '"a b"'],
  ['bytes in both alphabets', 'someBytes', '"+-8="'],
  ['a single sextet', 'someBytes', '"A"'],
  ['a list for one value', 'anInt32', '[1]'],
  ['one value for a list', 'int64s', '1'],
  ['null in a list', 'int64s', '[null]'],
  ['null in a map', 'texts', '{"a":null}'],
  ['a text for a message', 'child', '"a"'],
  ['an instant without a zone', 'at', '"2026-11-20T10:00:00"'],
  ['an instant in small letters', 'at', '"2026-11-20t10:00:00z"'],
  ['an instant with a blank', 'at', '"2026-11-20 10:00:00Z"'],
  ['the 30th of February', 'at', '"2026-02-30T10:00:00Z"'],
  ['the 24th hour', 'at', '"2026-02-20T24:00:00Z"'],
  ['ten digits of a second', 'at', '"2026-02-20T20:00:00.0000000001Z"'],
  ['an instant before the first', 'at', '"0000-12-31T23:59:59Z"'],
  ['an instant before the first, in its zone', 'at', '"0001-01-01T00:00:00+01:00"'],
  ['an instant as a number', 'at', '1760000000'],
  ['a duration without its unit', 'took', '"1"'],
  ['a duration too long', 'took', '"315576000001s"'],
  ['a duration longer by a nanosecond', 'took', '"315576000000.000000001s"'],
  ['a duration without a whole part', 'took', '".5s"'],
];

describe('a value that its type does not have', () => {
  it.each(ILLEGAL)('stays as it is: %s', (_what, member, value) => {
    const document = of(`{"${member}":${value}}`);
    expect(document).toContain(`"${member}":${value}`);
    expect(of(document)).toBe(document);
    expect(document).not.toBe(EMPTY);
  });

  it('does not keep the rest from being compared', () => {
    expect(of('{"anInt32":"abc","an_int64":"5"}')).toBe(of('{"anInt64":5,"an_int32":"abc"}'));
  });

  it.each(['', '{', '[1,]', '{"a":NaN}', 'undefined'])(
    'is no document when it is no JSON: %s',
    (text) => {
      expect(canonical.fromText(text)).toBeNull();
    },
  );

  it('never throws and never hangs, however deep it is', () => {
    const depth = 50_000;
    for (const [open, close] of [
      ['{"child":', '}'],
      ['{"value":[', ']}'],
      ['[', ']'],
    ] as const) {
      const text = `${open.repeat(depth)}1${close.repeat(depth)}`;
      expect(() => canonical.fromText(text)).not.toThrow();
    }
  });
});

describe('a message in bytes', () => {
  const bytes = (init: Record<string, unknown>): Uint8Array =>
    toBinary(everything, messageOf(everything, init));

  it('that is none has no document', () => {
    expect(canonical.fromMessage(Buffer.from([0x0a, 0xff]))).toBeNull();
  });

  it('has no document when it holds an Any of a type that the set lacks', () => {
    const any = { typeUrl: 'x/unknown.Type', value: Buffer.from([8, 1]) };
    expect(canonical.fromMessage(bytes({ any }))).toBeNull();
  });

  it('differs in fields that its type does not know, wherever they stand', () => {
    // Field 1000 as a varint.
    const extra = (value: number): Buffer => Buffer.from([0xc0, 0x3e, value]);
    const plain = bytes({ anInt32: 1 });
    const documents = [
      plain,
      Buffer.concat([plain, extra(1)]),
      Buffer.concat([plain, extra(2)]),
      // The same in a child: field 13, three bytes long.
      Buffer.concat([plain, Buffer.from([0x6a, 3]), extra(1)]),
      Buffer.concat([plain, Buffer.from([0x6a, 3]), extra(2)]),
    ].map((each) => canonical.fromMessage(each));
    expect(new Set(documents).size).toBe(5);
    expect(documents[1]).toContain(UNKNOWN_FIELDS);
  });

  it('differs in them inside of an Any', () => {
    const any = anyPack(TimestampSchema, create(TimestampSchema, { seconds: 1n }));
    const more = { ...any, value: Buffer.concat([any.value, Buffer.from([0xc0, 0x3e, 1])]) };
    expect(canonical.fromMessage(bytes({ any }))).not.toBe(
      canonical.fromMessage(bytes({ any: more })),
    );
  });
});
