import { fromJsonString, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ACCEPTED, REFUSED } from '../../../test/grpc-conformance-cases.ts';
import { librarySet } from '../../../test/grpc-fixtures.ts';
import { canonicalJson } from './canonical-json.ts';

const set = librarySet();
const { registry } = set;
const everything = set.message('falsework.test.Everything');
const canonical = canonicalJson(everything, registry);

/** The message of a document, as a parser reads it that passes protobuf's conformance suite. */
const parsed = (json: string) => fromJsonString(everything, json, { registry });

describe('a document that protobuf takes', () => {
  it.each(ACCEPTED)('has the canonical document of its message: %s', (_subject, json) => {
    const document = canonical.fromText(json);
    expect(document).toBe(canonical.fromMessage(toBinary(everything, parsed(json))));
  });
});

describe('a document that protobuf refuses', () => {
  const legal = new Set(ACCEPTED.map(([, json]) => canonical.fromText(json)));

  it.each(REFUSED)('stays refused, and equals nothing legal: %s', (_subject, json) => {
    expect(() => parsed(json)).toThrow();
    const document = canonical.fromText(json);
    if (document === null) return;
    expect(() => parsed(document)).toThrow();
    expect(legal).not.toContain(document);
  });
});

describe('what a candidate’s parser would refuse and people still write', () => {
  // A service of before has field masks in the names of its own fields.
  it('is taken for what it means: a field mask in snake case', () => {
    expect(() => parsed('{"mask":"a_string"}')).toThrow();
    expect(canonical.fromText('{"mask":"a_string"}')).toBe(
      canonical.fromText('{"mask":"aString"}'),
    );
  });
});
