import { createComparator, ignore, type Rule } from '@falsework/core/compare';
import { createRedactor, type Judgement, type Outcome } from '@falsework/seam/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Capture, CaptureBudget } from '../shadow/capture.ts';
import type { Body } from '../shadow/decode-body.ts';
import type { AnswerHeaders, HttpAnswer } from '../shadow/http-answer.ts';
import type { SideFailure } from '../sides/side-failure.ts';
import { compareOutcomes } from './compare-outcomes.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

function answer(
  body: string | Buffer | Body,
  headers: AnswerHeaders = JSON_TYPE,
  status = 200,
): HttpAnswer {
  const isBody = typeof body === 'object' && 'kind' in body;
  const decoded: Body = isBody ? body : { kind: 'whole', bytes: Buffer.from(body) };
  return { status, headers, capture: new Capture(new CaptureBudget(0), 0), body: decoded };
}

const ok = (value: HttpAnswer): Outcome<HttpAnswer> => ({ ok: true, value, tookMs: 1 });
const failed = (error: SideFailure): Outcome<HttpAnswer> => ({ ok: false, error, tookMs: 1 });

function judge(
  legacy: HttpAnswer | SideFailure,
  candidate: HttpAnswer | SideFailure,
  rules: readonly Rule[] = [],
  headers: readonly string[] = ['content-type', 'location'],
): Judgement {
  const outcome = (side: HttpAnswer | SideFailure): Outcome<HttpAnswer> =>
    'code' in side ? failed(side) : ok(side);
  return compareOutcomes(outcome(legacy), outcome(candidate), {
    seam: 'GET /a',
    comparator: createComparator({ rules, limits: { nodesMax: 1_000, textLengthMax: 2_000 } }),
    redactor: createRedactor({ salt: 's' }),
    headers,
  });
}

const shown = ({ result, findings }: Judgement): unknown[] => [
  result,
  ...findings.map(({ template, kind, example }) => [
    template,
    kind,
    example.path,
    example.legacy,
    example.candidate,
  ]),
];

describe('two JSON answers', () => {
  it('are equal whatever the order of their keys and the blanks between', () => {
    expect(judge(answer('{"a":1,"b":[1.0]}'), answer('{ "b": [ 1.00 ], "a": 1 }')).result).toBe(
      'equal',
    );
  });

  it('keep every digit of their numbers', () => {
    expect(
      shown(judge(answer('{"n":9007199254740993}'), answer('{"n":9007199254740992}'))),
    ).toEqual(['different', ['$.n', 'number', '$.n', '9007199254740993', '9007199254740992']]);
  });

  it('differ where the rules of the route do not excuse it', () => {
    const [a, b] = [answer('{"at":1,"n":1}'), answer('{"at":2,"n":1}')];
    expect(judge(a, b).result).toBe('different');
    expect(judge(a, b, [ignore('$.at')]).result).toBe('equal');
  });

  it('are not JSON at all: that is a difference with a name', () => {
    expect(shown(judge(answer('{"a":1}'), answer('<html>'))).slice(0, 1)).toEqual(['different']);
    expect(judge(answer('{"a":1}'), answer('<html>')).findings[0]?.kind).toBe('json-invalid');
  });

  it('are compared as bytes where they are not UTF-8, so that no difference is lost', () => {
    const [a, b] = [Buffer.from([0x22, 0xff, 0x22]), Buffer.from([0x22, 0xfe, 0x22])];
    expect(shown(judge(answer(a), answer(b)))).toEqual([
      'different',
      ['(body)', 'bytes', '(body) byte 1', '3 bytes', '3 bytes'],
    ]);
  });

  it('too large to be compared are never a match', () => {
    const large = JSON.stringify(Array.from({ length: 5_000 }, (_, i) => i));
    const other = large.replace('[0,', '[-1,');
    expect(judge(answer(large), answer(other)).result).toBe('incomplete');
  });
});

describe('two texts', () => {
  const html = { 'content-type': 'text/html' };

  it('differ once, at the first line that does', () => {
    expect(shown(judge(answer('a\nb\nc\nd', html), answer('a\nB\nC\nd', html)))).toEqual([
      'different',
      ['(body)', 'string', '(body) line 2', 'b', 'B'],
    ]);
  });

  it('of which one goes on differ in the line that is too many', () => {
    expect(shown(judge(answer('a\n', html), answer('a\nb\n', html)))).toEqual([
      'different',
      ['(body)', 'string', '(body) line 2', '', 'b'],
    ]);
    expect(shown(judge(answer('a', html), answer('a\nb', html))).at(1)).toEqual([
      '(body)',
      'string',
      '(body) line 2',
      'absent',
      'b',
    ]);
  });

  it('are under the rules of the route too, with $ for the whole', () => {
    expect(judge(answer('a', html), answer('b', html), [ignore('$')]).result).toBe('equal');
    const token: Rule = { rule: 'pattern', path: '$', regex: '^token-\\d+$' };
    expect(judge(answer('token-1', html), answer('token-2', html), [token]).result).toBe('equal');
  });

  it('show no secret that stands in the line', () => {
    const [finding] = judge(
      answer('password=hunter2', html),
      answer('password=hunter3', html),
    ).findings;
    expect(finding?.example.legacy).not.toContain('hunter2');
    expect(finding?.example.candidate).not.toContain('hunter3');
  });
});

describe('two answers of other kinds', () => {
  it('are compared byte by byte, and only lengths are shown', () => {
    const png = { 'content-type': 'image/png' };
    expect(
      judge(answer(Buffer.from([1, 2, 3]), png), answer(Buffer.from([1, 2, 3]), png)).result,
    ).toBe('equal');
    expect(
      shown(judge(answer(Buffer.from([1, 2, 3]), png), answer(Buffer.from([1, 2]), png))),
    ).toEqual(['different', ['(body)', 'bytes', '(body) byte 2', '3 bytes', '2 bytes']]);
  });

  it('without a content type are compared as text', () => {
    expect(shown(judge(answer('a', {}), answer('b', {})))).toEqual([
      'different',
      ['(body)', 'string', '(body) line 1', 'a', 'b'],
    ]);
  });
});

describe('what is not in the body', () => {
  it('a status is the one cause of all that differs with it', () => {
    expect(
      shown(
        judge(
          answer('{"a":1}', JSON_TYPE, 200),
          answer('{"error":"x"}', { 'content-type': 'text/html' }, 404),
        ),
      ),
    ).toEqual(['different', ['(status)', 'number', '(status)', '200', '404']]);
  });

  it('other pairs of statuses are other causes', () => {
    const id = (a: number, b: number): string | undefined =>
      judge(answer('', {}, a), answer('', {}, b)).findings[0]?.id;
    expect(id(200, 404)).toBe(id(200, 404));
    expect(id(200, 404)).not.toBe(id(200, 401));
  });

  it('headers that were chosen are compared, each with a cause of its own', () => {
    const [a, b] = [
      answer('{}', { ...JSON_TYPE, location: '/a', 'x-other': '1' }),
      answer('{}', { ...JSON_TYPE, location: '/b', 'x-other': '2' }),
    ];
    expect(shown(judge(a, b))).toEqual([
      'different',
      ['(header location)', 'string', '(header location)', '/a', '/b'],
    ]);
    expect(judge(a, b, [], ['x-other']).findings.map(({ template }) => template)).toEqual([
      '(header x-other)',
    ]);
  });

  it('a header that one side lacks is missing or extra', () => {
    const [a, b] = [answer('{}', { ...JSON_TYPE, location: '/a' }), answer('{}')];
    expect(judge(a, b).findings.map(({ kind, example }) => [kind, example.candidate])).toEqual([
      ['missing', 'absent'],
    ]);
    expect(judge(b, a).findings.map(({ kind }) => kind)).toEqual(['extra']);
  });

  it('a header that is repeated is compared as a whole', () => {
    const [a, b] = [answer('', { vary: ['a', 'b'] }), answer('', { vary: 'a, b' })];
    expect(judge(a, b, [], ['vary']).result).toBe('equal');
  });

  it('bodies of two kinds have one cause, the header that says so', () => {
    const [a, b] = [answer('{"a":1}'), answer('<p>', { 'content-type': 'text/html' })];
    expect(judge(a, b).findings.map(({ template }) => template)).toEqual(['(header content-type)']);
    expect(judge(a, b, [], []).findings.map(({ template }) => template)).toEqual(['(body)']);
  });

  it('headers and bodies are both shown where both differ for their own reasons', () => {
    const [a, b] = [answer('{"a":1}', { ...JSON_TYPE, location: '/a' }), answer('{"a":2}')];
    expect(judge(a, b).findings.map(({ template }) => template)).toEqual([
      '(header location)',
      '$.a',
    ]);
  });
});

describe('a body that was not kept or does not decode', () => {
  it('is never a match, whichever side it is on', () => {
    const large = answer({ kind: 'too-large' });
    expect(judge(large, answer('{}')).result).toBe('incomplete');
    expect(judge(answer('{}'), large).result).toBe('incomplete');
    expect(judge(large, large).result).toBe('incomplete');
  });

  it('is a difference all the same where another part differs', () => {
    const large = answer({ kind: 'too-large' }, { 'content-type': 'text/html' });
    expect(judge(answer('{}'), large).result).toBe('different');
  });

  it('that does not decode differs from one that does', () => {
    const broken = answer({ kind: 'undecodable', encoding: 'gzip' });
    expect(shown(judge(answer('{}'), broken))).toEqual([
      'different',
      ['(body)', 'unreadable', '(body)', 'decodes', 'does not decode as gzip'],
    ]);
  });
});

describe('failures', () => {
  const refused: SideFailure = { kind: 'refused', code: 'ECONNREFUSED' };
  const status = (code: string): SideFailure => ({ kind: 'status', code });

  it('of one side have a cause that says which', () => {
    expect(shown(judge(answer('{}'), refused))).toEqual([
      'different',
      ['(answer)', 'outcome', '(answer)', 'answered 200', 'refused the connection (ECONNREFUSED)'],
    ]);
    expect(judge(answer('{}'), status('503')).findings[0]?.example.candidate).toBe('answered 503');
  });

  it('of different kinds are different causes', () => {
    const id = (failure: SideFailure): string | undefined =>
      judge(answer('{}'), failure).findings[0]?.id;
    expect(new Set([id(refused), id(status('500')), id(status('503'))]).size).toBe(3);
    expect(id(refused)).toBe(id(refused));
  });

  it('of both sides are compared like answers: two different ones are a difference', () => {
    expect(judge(status('500'), status('500')).result).toBe('equal');
    expect(judge(status('500'), status('503')).result).toBe('different');
    expect(judge(status('500'), refused).result).toBe('different');
    expect(judge(refused, { kind: 'refused', code: 'ENOENT' }).result).toBe('equal');
  });
});

describe('any two answers', () => {
  const body = fc.oneof(fc.json(), fc.string(), fc.constant('{'));
  const type = fc.constantFrom('application/json', 'text/html', 'image/png', undefined);
  const any = fc.record({ body, type, status: fc.constantFrom(200, 201, 404) });
  const made = ({
    body,
    type,
    status,
  }: {
    body: string;
    type: string | undefined;
    status: number;
  }) => answer(body, { 'content-type': type }, status);

  it('are equal to themselves, and judged the same from either side', () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(judge(made(a), made(a)).result).toBe('equal');
        expect(judge(made(a), made(b)).result).toBe(judge(made(b), made(a)).result);
      }),
    );
  });

  it('that differ have at least one cause, unless they could not be compared', () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        const { result, findings } = judge(made(a), made(b));
        expect(findings.length > 0).toBe(result === 'different');
      }),
    );
  });
});
