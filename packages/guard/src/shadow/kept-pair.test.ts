import { compileRedaction } from '@falsework/core/redact';
import type { Outcome } from '@falsework/seam/engine';
import { describe, expect, it } from 'vitest';
import type { ComparedAnswer } from './http-answer.ts';
import { type AskedRequest, keptPair } from './kept-pair.ts';

const NOTHING_MORE = compileRedaction();

const asked = (over: Partial<AskedRequest> = {}): AskedRequest => ({
  method: 'GET',
  path: '/orders/17?full=1',
  headers: ['Host', 'shop', 'Accept-Language', 'de', 'Connection', 'keep-alive'],
  hasBody: false,
  ...over,
});

const answered = (
  body: unknown,
  { type = 'application/json', status = 200 } = {},
): Outcome<ComparedAnswer> => ({
  ok: true,
  tookMs: 1,
  value: {
    status,
    headers: { 'content-type': type },
    body: {
      kind: 'whole',
      bytes: Buffer.isBuffer(body)
        ? body
        : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    },
  },
});

const failed: Outcome<ComparedAnswer> = {
  ok: false,
  tookMs: 1,
  error: { kind: 'refused', code: 'ECONNREFUSED' },
};

const kept = (
  legacy: Outcome<ComparedAnswer>,
  candidate: Outcome<ComparedAnswer>,
  { request = asked(), redaction = NOTHING_MORE } = {},
) => keptPair(request, { legacy, candidate }, redaction);

describe('a pair that is kept', () => {
  it('has both bodies and the request without what belongs to its connection', () => {
    expect(kept(answered('{"total":1.00}'), answered('{"total":2}'))).toEqual({
      format: 'json',
      legacy: '{"total":1.00}',
      candidate: '{"total":2}',
      request: {
        method: 'GET',
        target: '/orders/17?full=1',
        headers: [['Accept-Language', 'de']],
        isComplete: true,
      },
    });
  });

  it('is text where one of the bodies is no JSON', () => {
    const html = answered('<p>1</p>', { type: 'text/html' });
    expect(kept(answered({ a: 1 }), html)).toMatchObject({ format: 'text', candidate: '<p>1</p>' });
  });

  it('says how the sides ended where one of them gave no answer', () => {
    expect(kept(answered({ a: 1 }), failed)).toMatchObject({
      format: 'text',
      legacy: 'answered 200',
      candidate: expect.stringContaining('refused'),
    });
  });

  it.each([
    ['is no text', answered(Buffer.from([0xff, 0xfe, 0]))],
    ['is long', answered(`"${'x'.repeat(40_000)}"`)],
  ])('is none where a body %s', (_why, body) => {
    expect(kept(answered({ a: 1 }), body)).toBeNull();
  });

  it('is none where a body was not kept whole', () => {
    const cut: Outcome<ComparedAnswer> = {
      ok: true,
      tookMs: 1,
      value: { status: 200, headers: {}, body: { kind: 'too-large' } },
    };
    expect(kept(answered({ a: 1 }), cut)).toBeNull();
  });
});

describe('secrets in a pair', () => {
  it('have the same token on both sides, and other secrets another one', () => {
    const pair = kept(
      answered({ email: 'a@example.com', copy: 'a@example.com' }),
      answered({ email: 'a@example.com', copy: 'b@example.com' }),
    );
    const [legacy, candidate] = [pair?.legacy, pair?.candidate].map((text) =>
      JSON.parse(text ?? ''),
    );
    expect(JSON.stringify(pair)).not.toContain('example.com');
    expect(legacy.email).toBe(legacy.copy);
    expect(candidate.email).toBe(legacy.email);
    expect(candidate.copy).not.toBe(legacy.copy);
  });

  it('are taken out where the configuration says so', () => {
    const redaction = compileRedaction(['$.customer.name']);
    const body = answered({ customer: { name: 'Ada' } });
    const pair = kept(body, answered({ customer: { name: 'Eve' } }), { redaction });
    expect(JSON.stringify(pair)).not.toMatch(/Ada|Eve/);
    expect(pair?.legacy).not.toBe(pair?.candidate);
  });

  it.each([
    ['a header with a secret', { headers: ['Authorization', 'Bearer abcdefgh12345'] }],
    ['a cookie', { headers: ['cookie', 'sid=1'] }],
    ['an address in the path', { path: '/users/ada@example.com' }],
    ['a token in the query', { path: '/orders?token=hunter2' }],
    ['a body', { hasBody: true }],
    ['more headers than are kept', { headers: Array.from({ length: 120 }, (_, i) => `x${i}`) }],
  ])('%s makes the request one that is not asked again', (_what, over) => {
    const pair = kept(answered(1), answered(2), { request: asked(over) });
    expect(pair?.request?.isComplete).toBe(false);
    expect(JSON.stringify(pair)).not.toMatch(/abcdefgh|sid=1|ada@|hunter2/);
  });
});
