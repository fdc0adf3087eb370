import { createComparator, ignore, type Rule, strict } from '@falsework/core/compare';
import { createRedactor } from '@falsework/seam/engine';
import { describe, expect, it } from 'vitest';
import type { Body } from '../shadow/decode-body.ts';
import { digestOf } from '../shadow/running-hash.ts';
import { compareBodies } from './compare-bodies.ts';

const whole = (text: string): Body => ({ kind: 'whole', bytes: Buffer.from(text) });
const long = (text: string, encoding = ''): Body => ({
  kind: 'long',
  digest: digestOf(Buffer.from(text)),
  encoding,
});
const CUT: Body = { kind: 'long', digest: null, encoding: '' };
const LONG = 'x'.repeat(2_000);

function judge(legacy: Body, candidate: Body, rules: readonly Rule[] = []) {
  const comparator = createComparator({ rules, limits: { nodesMax: 100, textLengthMax: 100 } });
  const scope = { seam: 'GET /a', comparator, redactor: createRedactor({ salt: 's' }) };
  return compareBodies(legacy, candidate, 'json', scope);
}

describe('two bodies of which one is longer than is kept', () => {
  it('are equal when their bytes are, whatever the rules and the encoding', () => {
    expect(judge(long(LONG), long(LONG)).result).toBe('equal');
    expect(judge(long(LONG, 'gzip'), long(LONG, 'gzip')).result).toBe('equal');
    expect(judge(long(LONG), long(LONG), [ignore('$.at')]).result).toBe('equal');
  });

  it('differ when their bytes do, and say how long they are', () => {
    const { result, findings } = judge(long(LONG), long(`${LONG}!`));
    expect(result).toBe('different');
    expect(findings).toMatchObject([
      {
        template: '(body)',
        kind: 'hash',
        example: {
          path: '(body) as a whole',
          legacy: expect.stringMatching(/^2,000 bytes, hash [\da-f]{12}$/),
          candidate: expect.stringMatching(/^2,001 bytes, hash [\da-f]{12}$/),
        },
      },
    ]);
  });

  it('differ in one byte of two million, at the same length', () => {
    const text = 'y'.repeat(2_000_000);
    expect(judge(long(text), long(`${text.slice(1)}z`)).result).toBe('different');
  });

  it('differ when only one of them is', () => {
    expect(judge(long(LONG), whole('short')).result).toBe('different');
    expect(judge(whole('short'), long(LONG)).result).toBe('different');
  });

  it('differ when the candidate’s was not read on, since legacy’s had ended', () => {
    const { result, findings } = judge(whole('short'), CUT);
    expect(result).toBe('different');
    expect(findings[0]?.example.candidate).toBe('longer than is kept');
  });

  it('prove nothing when neither was read to its end', () => {
    expect(judge(CUT, CUT).result).toBe('incomplete');
  });

  it('prove nothing where a rule may excuse what differs; a strict one excuses nothing', () => {
    expect(judge(long(LONG), long('other'), [ignore('$.at')]).result).toBe('incomplete');
    expect(judge(long(LONG), long('other'), [strict('$.total')]).result).toBe('different');
  });

  it('prove nothing when what differs is still compressed', () => {
    expect(judge(long(LONG, 'gzip'), long('other', 'gzip')).result).toBe('incomplete');
    expect(judge(long(LONG, 'gzip'), long(LONG)).result).toBe('incomplete');
    expect(judge(whole('short'), long(LONG, 'br')).result).toBe('incomplete');
  });
});
