import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnswerHead } from './answer-head.ts';
import { AnswerParser } from './answer-parser.ts';

/** What a parser said, as text. */
interface Heard {
  readonly heads: AnswerHead[];
  readonly bodies: string[];
  readonly trailers: string[][];
}

function parserWith(): { readonly parser: AnswerParser; readonly heard: Heard } {
  const heard: Heard = { heads: [], bodies: [], trailers: [] };
  const parser = new AnswerParser({
    onHead: (head) => {
      heard.heads.push(head);
      heard.bodies.push('');
    },
    onPiece: (piece) => {
      heard.bodies.push((heard.bodies.pop() ?? '') + piece.toString('latin1'));
    },
    onWhole: (trailers) => {
      heard.trailers.push(trailers);
    },
  });
  return { parser, heard };
}

/** Reads one answer that comes in pieces. */
function read(...pieces: string[]): Heard & { readonly parser: AnswerParser } {
  const { parser, heard } = parserWith();
  parser.expect();
  for (const piece of pieces) parser.read(Buffer.from(piece, 'latin1'));
  return { ...heard, parser };
}

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** A text cut at these places. */
function cut(text: string, cuts: readonly number[]): string[] {
  const places = [...new Set(cuts.map((at) => at % text.length))].sort((a, b) => a - b);
  return [...places, text.length].map((end, i) => text.slice(places[i - 1] ?? 0, end));
}

describe('an answer', () => {
  it.each([
    ['of a length', `${OK}Content-Length: 5\r\n\r\nhello`, 'hello', []],
    ['of no length', `${OK}Content-Length: 0\r\n\r\n`, '', []],
    ['in chunks', `${CHUNKED}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`, 'abcde', []],
    ['in no chunks', `${CHUNKED}0\r\n\r\n`, '', []],
    ['with trailers', `${CHUNKED}1\r\na\r\n0\r\nX: 1\r\nY: 2\r\n\r\n`, 'a', ['X', '1', 'Y', '2']],
    ['with extensions', `${CHUNKED}1;a=b\r\na\r\n0 ; last\r\n\r\n`, 'a', []],
    ['in long digits', `${CHUNKED}00000000000A\r\n0123456789\r\n000\r\n\r\n`, '0123456789', []],
    ['after early hints', `HTTP/1.1 103 X\r\nA: 1\r\n\r\n${OK}Content-Length: 1\r\n\r\na`, 'a', []],
    ['after a line too many', `\r\n${OK}Content-Length: 1\r\n\r\na`, 'a', []],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', '', []],
    ['not modified', 'HTTP/1.1 304 X\r\nContent-Length: 9\r\n\r\n', '', []],
  ])(
    '%s is whole at its last byte, and not before, however it is cut',
    (_how, text, body, trailers) => {
      fc.assert(
        fc.property(fc.array(fc.nat(200), { maxLength: 12 }), (cuts) => {
          const { parser, heard } = parserWith();
          parser.expect();
          for (const piece of cut(text, cuts)) {
            expect(heard.trailers).toEqual([]);
            parser.read(Buffer.from(piece, 'latin1'));
          }
          expect(heard).toMatchObject({ bodies: [body], trailers: [trailers] });
          expect(parser.isIdle).toBe(true);
        }),
      );
    },
  );

  it('comes byte by byte as it comes at once', () => {
    const text = `${OK}A: 1\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nT: 1\r\n\r\n`;
    const { heads, bodies, trailers } = read(...text);
    expect({ heads, bodies, trailers }).toMatchObject({
      heads: [{ headers: ['A', '1', 'Transfer-Encoding', 'chunked'] }],
      bodies: ['abc'],
      trailers: [['T', '1']],
    });
  });

  it('is followed by the next one on the same connection', () => {
    const { parser, bodies } = read(`${OK}Content-Length: 1\r\n\r\na`);
    parser.expect();
    parser.read(Buffer.from(`${OK}Content-Length: 1\r\n\r\nb`));
    expect(bodies).toEqual(['a', 'b']);
  });

  it('without a length ends with its connection, and any other does not', () => {
    const open = read(`${OK}A: 1\r\n\r\nuntil the`, ' end');
    expect(open.trailers).toEqual([]);
    expect(open.parser.close()).toBe(true);
    expect(open).toMatchObject({ bodies: ['until the end'], trailers: [[]] });
    const short = read(`${OK}Content-Length: 5\r\n\r\nhell`);
    expect(short.parser.close()).toBe(false);
    expect(read(`${CHUNKED}3\r\nabc\r\n`).parser.close()).toBe(false);
    expect(read(OK).parser.close()).toBe(false);
    expect(short.trailers).toEqual([]);
  });

  it('is handed on without a copy', () => {
    const pieces: Buffer[] = [];
    const parser = new AnswerParser({
      onHead: () => {},
      onPiece: (piece) => pieces.push(piece),
      onWhole: () => {},
    });
    parser.expect();
    const bytes = Buffer.from(`${OK}Content-Length: 5\r\n\r\nhello`);
    parser.read(bytes);
    expect(pieces[0]?.buffer).toBe(bytes.buffer);
  });
});

describe('what is no answer', () => {
  it.each([
    ['bytes behind it', `${OK}Content-Length: 1\r\n\r\nab`],
    ['a second one that nobody asked for', `${OK}Content-Length: 0\r\n\r\n${OK}\r\n`],
    ['a body of a 204', 'HTTP/1.1 204 X\r\n\r\nbody'],
    ['a switch of protocols', 'HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n'],
    ['a size without digits', `${CHUNKED};\r\n`],
    ['a size that is none', `${CHUNKED}g\r\n`],
    ['a size with a sign', `${CHUNKED}-1\r\n`],
    ['a size with a prefix', `${CHUNKED}0x1\r\n`],
    ['a size with a blank before it', `${CHUNKED} 1\r\n`],
    ['a size beyond counting', `${CHUNKED}fffffffffffff\r\n`],
    ['a size that never ends', `${CHUNKED}1;${'x'.repeat(1_100)}`],
    ['a size on a line that is only half ended', `${CHUNKED}1\na\r\n0\r\n\r\n`],
    ['a chunk longer than its size', `${CHUNKED}1\r\nab\r\n`],
    ['a chunk that ends in half an end of line', `${CHUNKED}1\r\na\n0\r\n\r\n`],
    ['a chunk that ends in a bare return', `${CHUNKED}1\r\na\rx`],
    ['a trailer that is none', `${CHUNKED}0\r\nX\r\n\r\n`],
    ['TLS, at its first byte', '\x15\x03\x03\x00\x02\x02\x46'],
    ['another version, at its number', 'HTTP/2'],
  ])('is found: %s', (_what, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ name: 'HTTPParserError' }) as Error);
    // However it is cut.
    expect(() => read(...text)).toThrow();
  });

  it('a head that never ends is given up, and no more than that is kept of it', () => {
    const long = `${OK}A: ${'x'.repeat(20_000)}`;
    expect(() => read(long)).toThrow(
      expect.objectContaining({ code: 'UND_ERR_HEADERS_OVERFLOW' }) as Error,
    );
    expect(() => read(...(long.match(/.{1,1000}/gs) ?? []))).toThrow(
      expect.objectContaining({ code: 'UND_ERR_HEADERS_OVERFLOW' }) as Error,
    );
    expect(() => read(`${CHUNKED}0\r\n`, `A: ${'x'.repeat(20_000)}`)).toThrow();
  });

  it('any bytes at all either are an answer or throw, and nothing else happens', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({ unit: 'binary', maxLength: 60 }).map((rest) => OK + rest),
      fc.string({ unit: 'binary', maxLength: 60 }).map((rest) => CHUNKED + rest),
    );
    fc.assert(
      fc.property(text, fc.array(fc.nat(100), { maxLength: 5 }), (said, cuts) => {
        const of = (pieces: string[]): unknown => {
          try {
            const { heads, bodies, trailers } = read(...pieces);
            return { heads, bodies, trailers };
          } catch (error) {
            expect((error as Error).name).toMatch(/HTTPParserError|HeadersOverflowError/);
            return 'not HTTP';
          }
        };
        // What it is does not depend on how it is cut.
        expect(of(cut(`${said}x`, cuts))).toEqual(of([`${said}x`]));
      }),
      { numRuns: 500 },
    );
  });
});
