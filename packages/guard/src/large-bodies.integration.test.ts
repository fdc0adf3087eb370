// Answers that are longer than is kept, compared with real services.
import * as zlib from 'node:zlib';
import { ignore } from '@falsework/core/compare';
import { describe, expect, it } from 'vitest';
import {
  guardBetween,
  httpService,
  jsonService,
  routeWith,
  type Service,
} from '../test/fixtures.ts';
import type { GuardOptions, RouteReport } from './main.ts';

const MIB = 1024 * 1024;

/** A service whose body is sent in pieces, as a list of rows would be. */
function listOf(
  rows: readonly string[],
  pack = (text: string): Buffer => Buffer.from(text),
  encoding = '',
) {
  const body = pack(`[${rows.join(',')}]`);
  return httpService((_request, response) => {
    response.setHeader('Content-Type', 'application/json');
    if (encoding !== '') response.setHeader('Content-Encoding', encoding);
    for (let at = 0; at < body.length; at += 60_000) response.write(body.subarray(at, at + 60_000));
    response.end();
  });
}

async function compare(legacy: Service, candidate: Service, options: Partial<GuardOptions> = {}) {
  const routes = options.routes ?? [routeWith({ seam: 'GET /list', timeoutMs: 10_000 })];
  const guard = await guardBetween(legacy, candidate, { ...options, routes });
  const texts: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    texts.push(await (await fetch(`${guard.url}/list`)).text());
    await guard.settled();
  }
  expect(new Set(texts).size).toBe(1);
  const report = guard.report();
  expect(report.capturedBytes).toBe(0);
  return { text: texts[0] ?? '', route: report.routes[0] as RouteReport };
}

const note = 'x'.repeat(150);
const rows = Array.from(
  { length: 10_000 },
  (_, i) => `{"id":${i},"name":"row ${i * 7}","note":"${note}"}`,
);
const withOneWrong = rows.with(9_990, `{"id":9990,"name":"row 1","note":"${note}"}`);

describe('an answer that is longer than a mebibyte', () => {
  it('matches when every byte of it is the same', async () => {
    const { text, route } = await compare(await listOf(rows), await listOf(rows));
    expect(text.length).toBeGreaterThan(MIB);
    expect(route.verdicts).toMatchObject({ match: 3, mismatch: 0, shed: 0 });
  });

  it('does not when one value near its end is wrong, and callers get legacy’s', async () => {
    const { text, route } = await compare(await listOf(rows), await listOf(withOneWrong));
    expect(text).toContain('"row 69930"');
    expect(route.verdicts).toMatchObject({ match: 0, mismatch: 3 });
    expect(route.causes.map(({ template, kind, count }) => [template, kind, count])).toEqual([
      ['(body)', 'hash', 3],
    ]);
    expect(route.causes[0]?.legacy).toMatch(/^1,[\d,]+ bytes, hash [\da-f]{12}$/);
  });

  it('is compared by status and headers as well', async () => {
    const other = await httpService((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/csv' });
      response.end(`[${rows.join(',')}]`);
    });
    const { route } = await compare(await listOf(rows), other);
    expect(route.causes.map(({ template }) => template)).toEqual(['(header content-type)']);
  });

  it('is compared by value where its route keeps more', async () => {
    const routes = [routeWith({ seam: 'GET /list', timeoutMs: 10_000, maxBodyBytes: 4 * MIB })];
    const { route } = await compare(await listOf(rows), await listOf(withOneWrong), { routes });
    expect(route.causes.map(({ template, kind }) => [template, kind])).toEqual([
      ['$[*].name', 'string'],
    ]);
  });

  it('is not compared where a rule may excuse what differs, and never a match then', async () => {
    const routes = [
      routeWith({ seam: 'GET /list', timeoutMs: 10_000, compare: [ignore('$[*].name')] }),
    ];
    const { route } = await compare(await listOf(rows), await listOf(withOneWrong), { routes });
    expect(route.verdicts).toMatchObject({ match: 0, mismatch: 0, shed: 3 });
    expect(route.shed.incomplete).toBe(3);
  });
});

describe('an answer that unpacks to more than a mebibyte', () => {
  const gzip = (text: string): Buffer => zlib.gzipSync(text);
  const brotli = (text: string): Buffer =>
    zlib.brotliCompressSync(text, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } });

  it('matches however each side packed it, or did not', async () => {
    const packed = await listOf(rows, gzip, 'gzip');
    for (const other of [await listOf(rows, brotli, 'br'), await listOf(rows)]) {
      const { route } = await compare(packed, other);
      expect(route.verdicts).toMatchObject({ match: 3, mismatch: 0, shed: 0 });
    }
  });

  it('does not when one value in it is wrong', async () => {
    const { route } = await compare(
      await listOf(rows, gzip, 'gzip'),
      await listOf(withOneWrong, brotli, 'br'),
    );
    expect(route.verdicts).toMatchObject({ match: 0, mismatch: 3 });
  });
});

describe('a candidate that answers without an end', () => {
  it('differs from a short answer, and is not read on', async () => {
    let sent = 0;
    const endless = await httpService((_request, response) => {
      response.setHeader('Content-Type', 'application/json');
      const more = (): void => {
        sent += 1;
        if (response.destroyed || sent > 100_000) return;
        if (response.write('x'.repeat(10_000))) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    const { route } = await compare(await jsonService(() => ({})), endless, {
      maxBodyBytes: 1_000,
    });
    expect(route.verdicts).toMatchObject({ mismatch: 3, match: 0 });
    expect(route.causes[0]?.candidate).toBe('longer than is kept');
    expect(sent).toBeLessThan(2_000);
  });
});
