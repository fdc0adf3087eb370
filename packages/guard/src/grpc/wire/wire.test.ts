import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameMeter, framed, framesOf } from './frames.ts';
import { readMessages } from './messages.ts';
import { headersAsSent, metadataFilter } from './metadata.ts';
import { formatTimeout, parseTimeout } from './timeout.ts';

const bytes = fc.uint8Array({ maxLength: 40 });

describe('messages on the wire', () => {
  it('come back as they were put there', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5 }), (messages) => {
        const frames = framesOf(Buffer.concat(messages.map(framed)));
        expect(frames?.map((frame) => new Uint8Array(frame.bytes))).toEqual(messages);
      }),
    );
  });

  it('are none when their end is missing', () => {
    const whole = framed(Buffer.from('abc'));
    for (let length = 1; length < whole.length; length += 1) {
      expect(framesOf(whole.subarray(0, length))).toBeNull();
    }
  });

  it('are measured alike however the bytes are cut', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 200, maxLength: 200 });
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 5 }), cuts, (messages, sizes) => {
        const meter = new FrameMeter();
        let rest = Buffer.concat(messages.map(framed));
        for (const size of [...sizes, rest.length]) {
          meter.add(rest.subarray(0, size));
          rest = rest.subarray(size);
        }
        expect(meter.count).toBe(messages.length);
        expect(meter.bytesLongest).toBe(Math.max(0, ...messages.map(({ length }) => length)));
      }),
    );
  });

  it('are known to be too long by their first five bytes', () => {
    const meter = new FrameMeter();
    meter.add(Buffer.from([0, 0xff, 0xff, 0xff, 0xff]));
    expect(meter.bytesLongest).toBe(2 ** 32 - 1);
  });
});

describe('messages as they are compared', () => {
  const zipped = (text: string): Buffer => {
    const frame = framed(gzipSync(text));
    frame[0] = 1;
    return frame;
  };
  const textsOf = async (...args: Parameters<typeof readMessages>): Promise<unknown> => {
    const read = await readMessages(...args);
    return read.kind === 'whole' ? read.messages.map(String) : read.kind;
  };

  it.each<[string, Buffer | null, string | undefined, unknown]>([
    ['plain', framed(Buffer.from('a')), undefined, ['a']],
    ['compressed', zipped('aaaa'), 'gzip', ['aaaa']],
    ['marked as plain among compressed ones', framed(Buffer.from('a')), 'gzip', ['a']],
    ['larger than kept, once decompressed', zipped('a'.repeat(2_000)), 'gzip', 'too-large'],
    ['not compressed as they say', zipped('a').fill(7, 5), 'gzip', 'unreadable'],
    ['cut off', framed(Buffer.from('abc')).subarray(0, 6), undefined, 'unreadable'],
    ['not kept', null, undefined, 'too-large'],
  ])('are what they are when %s', async (_what, body, encoding, expected) => {
    expect(await textsOf(body, encoding, 1_000)).toEqual(expected);
  });
});

describe('a grpc-timeout', () => {
  it.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3_000],
    ['250m', 250],
    ['500u', 0.5],
    ['0m', 0],
    ['99999999H', 99_999_999 * 3_600_000],
  ])('of %s is %d ms', (text, ms) => expect(parseTimeout(text)).toBe(ms));

  it.each([undefined, '', '1', 'S', '-1S', '1.5S', '123456789m', '1h'])('is none: %s', (text) => {
    expect(parseTimeout(text)).toBeNull();
  });

  it('is never longer on the way out than it was, but for the least there is', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), (ms) => {
        const out = parseTimeout(formatTimeout(ms)) ?? expect.fail('It cannot be read.');
        expect(out).toBeLessThanOrEqual(Math.max(ms, 0.001));
        expect(out).toBeGreaterThan(0);
      }),
    );
  });
});

describe('headers as they came', () => {
  it('hold every value by itself, in its order', () => {
    const raw = ['a', '1', 'b', '2, 3', 'a', '4', 'a', ''];
    expect({ ...headersAsSent(raw) }).toEqual({ a: ['1', '4', ''], b: '2, 3' });
  });

  it('may have any name', () => {
    const headers = headersAsSent(['__proto__', 'x', 'constructor', 'y']);
    expect(Object.entries(headers)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });
});

describe('lists of metadata', () => {
  const headers = {
    ':path': '/a/b',
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-timeout': '1S',
    connection: 'close',
    'x-a': '1',
    'x-b': '2',
    other: '3',
  };
  const passed = (...args: Parameters<typeof metadataFilter>): string[] =>
    Object.keys(metadataFilter(...args)(headers)).sort();

  it('let everything pass but what belongs to the connection', () => {
    expect(passed({})).toEqual(['content-type', 'grpc-timeout', 'other', 'te', 'x-a', 'x-b']);
  });

  it('let pass what they allow, and what the call cannot do without', () => {
    expect(passed({ allow: ['X-*'] })).toEqual(['content-type', 'te', 'x-a', 'x-b']);
  });

  it('deny also what they allow', () => {
    expect(passed({ allow: ['x-*'], deny: ['x-b', 'te'] })).toEqual(['content-type', 'te', 'x-a']);
  });
});
