import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { httpPoster, type Poster } from './post.ts';

const TIMEOUT_MS = 300;
const MESSAGE = '{"text":"hello"}';

const servers: Server[] = [];
let poster: Poster | null = null;

afterEach(async () => {
  await poster?.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function target(answer: Answer): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function post(url: string, headers: Record<string, string> = {}) {
  poster = httpPoster({ timeoutMs: TIMEOUT_MS });
  return poster.post({ url, body: MESSAGE }, headers);
}

describe('a real target', () => {
  it('that takes a message gets it as JSON, with the headers of the configuration', async () => {
    const seen: unknown[] = [];
    const url = await target((request, response) => {
      const { method, headers, url: path } = request;
      void request.toArray().then((chunks) => {
        const body = chunks.join('');
        seen.push([method, path, headers['content-type'], headers.authorization, body]);
        response.end('ok');
      });
    });
    expect(await post(`${url}/hook`, { authorization: 'Bearer x' })).toEqual({ failed: null });
    expect(seen).toEqual([['POST', '/hook', 'application/json', 'Bearer x', MESSAGE]]);
  });

  it('that refuses has not taken it, and is left alone for as long as it asks', async () => {
    const url = await target((_, response) => {
      response.writeHead(429, { 'retry-after': '30' }).end();
    });
    const failed = 'it answered with status 429';
    expect(await post(url)).toEqual({ failed, waitMs: 30_000 });
  });

  it('that redirects is not followed: messages go where the configuration says', async () => {
    let followed = 0;
    const elsewhere = await target((_, response) => {
      followed += 1;
      response.end();
    });
    const url = await target((_, response) =>
      response.writeHead(307, { location: elsewhere }).end(),
    );
    const failed = 'it answered with the redirect 307, which is not followed';
    expect(await post(url, { authorization: 'Bearer x' })).toMatchObject({ failed });
    expect(followed).toBe(0);
  });

  it.each([
    ['never answers', () => {}],
    [
      'answers a byte at a time',
      (_: unknown, response: ServerResponse) => {
        const drip = setInterval(() => response.writeProcessing(), 50);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ])('that %s is given up in time', async (_, answer) => {
    const startedAt = performance.now();
    const url = await target(answer);
    expect(await post(url)).toMatchObject({ failed: 'it did not answer in time' });
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS * 10);
  });

  it('that answers without end has taken it, and no more than a little is read', async () => {
    let written = 0;
    const url = await target((_, response) => {
      const chunk = Buffer.alloc(65_536);
      const pour = (): void => {
        if (response.destroyed) return;
        written += chunk.length;
        if (response.write(chunk)) setImmediate(pour);
        else response.once('drain', pour);
      };
      pour();
    });
    expect(await post(url)).toEqual({ failed: null });
    // What fits into the buffers of both ends; an answer that was read on would have no end.
    expect(written).toBeLessThan(32 * 1_048_576);
  });

  it('that is not there, or breaks off, is an answer; its address is not said', async () => {
    const gone = await target((request) => request.socket.destroy());
    expect(await post(gone)).toMatchObject({ failed: expect.stringMatching(/^[A-Z_]+$/) });
    const { failed } = await post('http://127.0.0.1:1/secret-path');
    expect(failed).toBe('ECONNREFUSED');
  });
});
