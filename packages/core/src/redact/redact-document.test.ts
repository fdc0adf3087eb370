import { describe, expect, it } from 'vitest';
import { createComparator } from '../compare/create-comparator.ts';
import { signaturesOf } from '../compare/signature.ts';
import { redactDocument, redactValue } from './redact-document.ts';
import { causesStillShown, redactPair, redactValues } from './redact-pair.ts';
import { compileRedaction } from './redaction.ts';
import { RedactionTokens } from './tokens.ts';

const options = (entries: readonly string[] = [], lengthMax = 32_768) => ({
  redaction: compileRedaction(entries),
  tokens: new RedactionTokens(),
  lengthMax,
});
const redacted = (text: string, ...entries: string[]): string | null =>
  redactDocument(text, options(entries));

describe('a redacted document', () => {
  it('is as it was but for what is secret', () => {
    const text =
      '{"id":9007199254740993,"n":[1.0,1.00,1E2,-0],"a":1,"a":2,"é":"half \\ud83d","t":"2026-11-21"}';
    expect(redacted(text)).toBe(text);
  });

  it('lacks what looks like a secret, in values, in names and inside of texts', () => {
    const text =
      '{"ann@x.org":{"note":"card 4111 1111 1111 1111 of ann@x.org"},"n":4111111111111111}';
    expect(redacted(text)).toBe('{"‹email:1›":{"note":"card ‹card:2› of ‹email:1›"},"n":1e201}');
  });

  it('lacks everything beneath the name of a secret, but for whether there is something', () => {
    const text = '{"credentials":{"user":"ann","pin":12,"old":[null,"",true]},"user":"ann"}';
    expect(redacted(text)).toBe(
      '{"credentials":{"user":"‹secret:1›","pin":1e201,"old":[null,"","‹boolean:2›"]},"user":"ann"}',
    );
  });

  it('lacks what paths and names of the list select', () => {
    const text =
      '{"customer":{"name":"Ann","city":"Bonn"},"lines":[{"kind":"gift","to":"Bo"},{"kind":"x","to":"Cy"}],"taxNumber":"7"}';
    const list = [
      '$.customer.name',
      "$.lines[?@.kind == 'gift'].to",
      'tax-number',
      '$.lines[-1].to',
    ];
    expect(redacted(text, ...list)).toBe(
      '{"customer":{"name":"‹secret:1›","city":"Bonn"},"lines":[{"kind":"gift","to":"‹secret:2›"},{"kind":"x","to":"‹secret:3›"}],"taxNumber":"‹secret:4›"}',
    );
  });

  it('keeps the shape of a container that is taken out', () => {
    expect(redacted('{"a":{"b":[1,"x"]},"c":1}', '$.a')).toBe(
      '{"a":{"b":[1e201,"‹secret:1›"]},"c":1}',
    );
    expect(redacted('"x"', '$')).toBe('"‹secret:1›"');
  });

  it('may be deeper than the call stack', () => {
    const deep = `${'['.repeat(100_000)}"ann@x.org"${']'.repeat(100_000)}`;
    const shown = redactDocument(deep, options(['$..a'], 1_000_000));
    expect(shown).toBe(deep.replace('ann@x.org', '‹email:1›'));
  });

  it('is none when it is too long, before and after', () => {
    expect(redactDocument('"aaaa"', options([], 5))).toBeNull();
    expect(redactDocument('[1,1]', options(['$'], 6))).toBeNull();
    expect(redactDocument('[1,1]', options([], 6))).toBe('[1,1]');
  });

  it('is none when it is no JSON although paths are to be taken out; else its text is', () => {
    expect(redacted('{"name":"Ann","a":', '$.name')).toBeNull();
    expect(redacted('{"password":"hunter2","a":"ann@x.org')).toBe(
      '{"password":"‹secret:1›","a":"‹email:2›',
    );
    expect(redacted('{"taxNumber":"7","a":', 'taxNumber')).toBe('{"taxNumber":"‹secret:1›","a":');
  });

  it('is none when its filters cost too much', () => {
    const text = JSON.stringify(Array.from({ length: 2_000 }, (_, i) => i));
    expect(redacted(text, '$[?count($..*) > 5000]')).toBeNull();
  });
});

describe('a redacted value', () => {
  it('is JSON, as JSON.stringify would write it', () => {
    class Money {
      readonly amount = 5;
    }
    const at = new Date(0);
    const value = {
      a: -0,
      at,
      gone: undefined,
      money: new Money(),
      [Symbol('s')]: 1,
      password: at,
    };
    expect(redactValue(value, options())).toBe(
      '{"a":-0,"at":"1970-01-01T00:00:00.000Z","money":{"amount":5},"password":"‹secret:1›"}',
    );
  });

  it.each([
    ['undefined', undefined],
    ['a hole', Array(2).fill(1, 1)],
    ['a bigint', { a: 5n }],
    ['a Map', new Map()],
    ['NaN', Number.NaN],
    ['no date', new Date(Number.NaN)],
    ['a getter', Object.defineProperty({}, 'a', { get: () => 1, enumerable: true })],
    ['a function', [() => 1]],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
    ],
  ])('is none of %s, which JSON cannot say', (_, value) => {
    expect(redactValue(value, options())).toBeNull();
  });

  it('is none of what contains itself', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(redactValue(cycle, options())).toBeNull();
  });
});

describe('a redacted pair', () => {
  const comparator = createComparator();
  const max = { redaction: compileRedaction(['$.name']), lengthMax: 1_000 };

  it('has one numbering for both sides, and for what is kept beside them', () => {
    const tokens = new RedactionTokens();
    expect(tokens.text('email', 'ann@x.org')).toBe('‹email:1›');
    const pair = {
      format: 'json',
      legacy: '{"name":"Ann","by":"ann@x.org"}',
      candidate: '{"name":"Ann ","by":"ann@x.org"}',
    } as const;
    expect(redactPair(pair, { ...max, tokens })).toEqual({
      format: 'json',
      legacy: '{"name":"‹secret:2›","by":"‹email:1›"}',
      candidate: '{"name":"‹secret:3›","by":"‹email:1›"}',
    });
  });

  it('may be of texts, which are one value to a path', () => {
    const pair = { format: 'text', legacy: 'to ann@x.org', candidate: 'to bo@x.org' } as const;
    expect(redactPair(pair, max)).toEqual({
      format: 'text',
      legacy: 'to ‹email:1›',
      candidate: 'to ‹email:2›',
    });
    expect(redactPair(pair, { redaction: compileRedaction(['$']), lengthMax: 99 })).toMatchObject({
      legacy: '‹secret:1›',
      candidate: '‹secret:2›',
    });
    expect(redactPair(pair, { redaction: compileRedaction(), lengthMax: 11 })).toBeNull();
  });

  it('is none when one of its sides is none', () => {
    expect(redactPair({ format: 'json', legacy: '{}', candidate: '{' }, max)).toBeNull();
    expect(redactValues({ a: 1 }, { a: 1n }, max)).toBeNull();
    expect(redactValues({ a: 1 }, { a: 2 }, max)).toMatchObject({ candidate: '{"a":2}' });
  });

  it('names the causes that it still shows', () => {
    const scope = { seam: 's' };
    const [legacy, candidate] = [
      { a: 1, d: new Date(0) },
      { a: 2, d: '1970-01-01T00:00:00.000Z' },
    ];
    const ids = signaturesOf(comparator.values(legacy, candidate), 's').map(({ id }) => id);
    const kept = redactValues(legacy, candidate, max);
    expect(ids).toHaveLength(2);
    expect(kept && causesStillShown({ ids, ...scope }, kept, comparator)).toEqual(ids.slice(0, 1));
    const texts = { format: 'text', legacy: 'a', candidate: 'b' } as const;
    const [text] = signaturesOf(comparator.values('a', 'b'), 's').map(({ id }) => id);
    expect(causesStillShown({ ids: [text ?? '', 'x'], ...scope }, texts, comparator)).toEqual([
      text,
    ]);
  });
});
