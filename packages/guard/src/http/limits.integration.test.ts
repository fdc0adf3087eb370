// What callers and shadows may take up, with real connections.
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  bodyOf,
  deadService,
  exchangeRaw,
  guardBetween,
  httpService,
  jsonService,
  routeWith,
  snapshotWith,
  tcpService,
  until,
} from '../../test/fixtures.ts';
import type { GuardOptions } from '../main.ts';

async function guardWith(options: Partial<GuardOptions>, legacy = jsonService(() => ({}))) {
  return guardBetween(await legacy, await deadService(), options);
}

async function answerOf(outgoing: ClientRequest): Promise<[number, unknown]> {
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const body = String(await bodyOf(answer));
  const { error } = JSON.parse(body) as { error?: { code: string } };
  return [answer.statusCode ?? 0, error?.code];
}

describe('a head', () => {
  it('may be as long as the limit says', async () => {
    const guard = await guardWith({ limits: { headBytesMax: 2_048 } });
    const head = (bytes: number) =>
      `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-A: ${'a'.repeat(bytes)}\r\n\r\n`;
    expect(await exchangeRaw(guard.port, head(1_500))).toMatch(/^HTTP\/1\.1 (?:200|404) /);
    expect(await exchangeRaw(guard.port, head(3_000))).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('that never comes ends its connection', async () => {
    const guard = await guardWith({ limits: { headTimeoutMs: 200 } });
    const socket = connect({ port: guard.port, host: '127.0.0.1' });
    await once(socket, 'close');
  });
});

describe('a body', () => {
  const limits = { bodyBytesMax: 1_000, bodyTimeoutMs: 200 };
  const reading = () =>
    httpService((got, response) => {
      bodyOf(got).then(
        (bytes) => response.end(JSON.stringify({ bytes: bytes.length })),
        () => {},
      );
    });

  it('that says that it is too long is refused before a byte of it is sent on', async () => {
    let asked = 0;
    const legacy = httpService((got) => {
      if (got.method === 'PUT') asked += 1;
    });
    const guard = await guardWith({ limits }, legacy);
    const outgoing = request(guard.url, { method: 'PUT', headers: { 'Content-Length': 1_001 } });
    outgoing.on('error', () => {});
    outgoing.flushHeaders();
    expect(await answerOf(outgoing)).toEqual([413, 'FW_GUARD_BODY_LONG']);
    expect(asked).toBe(0);
  });

  it('that turns out to be too long is refused, and never looks whole to legacy', async () => {
    let ended = 0;
    const legacy = httpService((got) => {
      got.on('end', () => (ended += got.method === 'PUT' ? 1 : 0)).resume();
    });
    const guard = await guardWith({ limits }, legacy);
    const outgoing = request(guard.url, { method: 'PUT' });
    outgoing.on('error', () => {});
    outgoing.write('a'.repeat(600));
    outgoing.write('a'.repeat(600));
    expect(await answerOf(outgoing)).toEqual([413, 'FW_GUARD_BODY_LONG']);
    expect(ended).toBe(0);
  });

  it('may be as long as the limit says', async () => {
    const guard = await guardWith({ limits }, reading());
    const answer = await fetch(guard.url, { method: 'PUT', body: 'a'.repeat(1_000) });
    expect(await answer.json()).toEqual({ bytes: 1_000 });
  });

  it('that stops coming is refused; one that comes slowly is not', async () => {
    const guard = await guardWith({ limits }, reading());
    const stopping = request(guard.url, { method: 'PUT' });
    stopping.on('error', () => {});
    stopping.write('begin');
    expect(await answerOf(stopping)).toEqual([408, 'FW_GUARD_BODY_SLOW']);
    const slow = request(guard.url, { method: 'PUT' });
    const answered = answerOf(slow);
    for (let i = 0; i < 8; i += 1) {
      slow.write('piece');
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    slow.end();
    expect((await answered)[0]).toBe(200);
  });

  it('that a side does not take is not a slow caller', async () => {
    let go = (): void => {};
    const legacy = httpService((got, response) => {
      if (got.method !== 'PUT') {
        response.end();
        return;
      }
      got.pause();
      go = () => void bodyOf(got).then(({ length }) => response.end(JSON.stringify({ length })));
    });
    const guard = await guardWith({ limits: { bodyTimeoutMs: 200 } }, legacy);
    const outgoing = request(guard.url, { method: 'PUT' });
    const answered = answerOf(outgoing);
    outgoing.end(Buffer.alloc(32 * 1024 * 1024));
    await new Promise((resolve) => setTimeout(resolve, 800));
    go();
    expect((await answered)[0]).toBe(200);
  });

  it('of a read for the candidate that stops coming is refused too', async () => {
    const snapshot = snapshotWith({ stage: 'shift', percent: 100 });
    const routes = [routeWith({ seam: 'POST /search' })];
    const guard = await guardWith({ limits, snapshot, routes });
    const outgoing = request(`${guard.url}/search`, { method: 'POST' });
    outgoing.on('error', () => {});
    outgoing.write('begin');
    expect(await answerOf(outgoing)).toEqual([408, 'FW_GUARD_BODY_SLOW']);
  });
});

describe('a side', () => {
  it('has as many requests of callers as it may have; one more is told to come back', async () => {
    let waiting: (() => void)[] = [];
    const legacy = httpService((got, response) => {
      if (got.url === '/') response.end();
      else waiting.push(() => response.end('ok'));
    });
    const sides = { legacy: { requestsMax: 2 } };
    const guard = await guardWith(
      { sides, snapshot: snapshotWith({ shadow: { sample: 0 } }) },
      legacy,
    );
    const held = [fetch(`${guard.url}/a`), fetch(`${guard.url}/b`)];
    await until(() => waiting.length === 2, 'legacy has both');
    const refused = await fetch(`${guard.url}/c`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.json()).toMatchObject({ error: { code: 'FW_GUARD_BUSY' } });
    for (const answer of waiting.splice(0)) answer();
    for (const answer of await Promise.all(held)) expect(await answer.text()).toBe('ok');

    // Callers that leave make room as well.
    const left = [0, 1].map(() => request(`${guard.url}/d`).on('error', () => {}));
    for (const each of left) each.end();
    await until(() => waiting.length === 2, 'legacy has both');
    for (const each of left) each.destroy();
    waiting = [];
    const again = async (): Promise<boolean> => {
      const last = fetch(`${guard.url}/e`);
      await Promise.race([last, until(() => waiting.length > 0, 'legacy has it').catch(() => {})]);
      if (waiting.length === 0) return false;
      for (const answer of waiting.splice(0)) answer();
      return (await last).status === 200;
    };
    let isFree = false;
    for (let i = 0; i < 20 && !isFree; i += 1) isFree = await again();
    expect(isFree).toBe(true);
  });

  it('that is the candidate, and full, has its reads answered by legacy', async () => {
    const hung = await tcpService(() => {});
    const sides = { candidate: { requestsMax: 1 } };
    const snapshot = snapshotWith({ stage: 'shift', percent: 100 });
    const routes = [routeWith({ seam: 'GET /x', sample: 0 })];
    const options = { sides, snapshot, routes, candidateTimeoutMs: 3_000 };
    const guard = await guardBetween(await jsonService(() => ({ by: 'legacy' })), hung, options);
    const first = fetch(`${guard.url}/x`);
    await until(() => hung.connections() > 1, 'the candidate has one');
    const beginMs = performance.now();
    expect(await (await fetch(`${guard.url}/x`)).json()).toEqual({ by: 'legacy' });
    expect(performance.now() - beginMs).toBeLessThan(1_500);
    expect(await (await first).json()).toEqual({ by: 'legacy' });
  });

  it('has as many shadows as it may have; the others are shed, and callers notice nothing', async () => {
    let most = 0;
    let now = 0;
    const candidate = await httpService((got, response) => {
      if (got.url === '/') {
        response.end();
        return;
      }
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        response.end('{}');
      }, 50);
    });
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const guard = await guardBetween(await jsonService(() => ({})), candidate, {
      sides: { candidate: { shadowsMax: 2 } },
      routes: names.map((name) => routeWith({ seam: `GET /${name}` })),
    });
    const answers = await Promise.all(names.map((name) => fetch(`${guard.url}/${name}`)));
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    await guard.settled();
    expect(most).toBe(2);
    const { compared, shed } = guard.report();
    expect(shed).toBeGreaterThan(0);
    expect(compared + shed).toBe(names.length);
  });

  it('that takes longer than it may is a 504', async () => {
    const legacy = httpService((got, response) => {
      if (got.url === '/') response.end();
    });
    const guard = await guardWith({ limits: { answerTimeoutMs: 300 } }, legacy);
    const answer = await fetch(`${guard.url}/slow`);
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({ error: { code: 'FW_GUARD_SIDE_TIMEOUT' } });
  });
});

describe('a request that takes longer than it may as a whole', () => {
  const limits = { totalTimeoutMs: 300 };
  const routes = [routeWith({ seam: 'GET /x', sample: 0 })];
  const dripping = () =>
    httpService((got, response) => {
      if (got.url === '/') {
        response.end();
        return;
      }
      response.write('begin');
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    });

  it('is a 504 where no answer began, and the side’s failure', async () => {
    let left = 0;
    const legacy = httpService((got, response) => {
      if (got.url === '/') response.end();
      else got.on('close', () => (left += 1));
    });
    const guard = await guardWith({ limits, routes }, legacy);
    const answer = await fetch(`${guard.url}/x`);
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({ error: { code: 'FW_GUARD_SIDE_TIMEOUT' } });
    await until(() => left === 1, 'legacy hears of it');
    expect(guard.report()).toMatchObject({ requests: 1, failed: { legacy: 1 } });
  });

  it('is broken off where one did, and never looks whole', async () => {
    const guard = await guardWith({ limits, routes }, dripping());
    const answer = await fetch(`${guard.url}/x`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  it('is so over HTTP/2, where other streams of the connection go on', async () => {
    const guard = await guardWith({ limits, routes }, dripping());
    const { connect: connectHttp2 } = await import('node:http2');
    const session = connectHttp2(guard.url);
    const slow = session.request({ ':path': '/x' });
    slow.resume();
    await expect(once(slow, 'end')).rejects.toThrow();
    const quick = session.request({ ':path': '/' });
    const [headers] = await once(quick, 'response');
    expect(headers[':status']).toBe(200);
    session.destroy();
  });

  it('ends where its caller does not take the answer', async () => {
    const legacy = httpService((_got, response) => response.end(Buffer.alloc(64 * 1024 * 1024)));
    const guard = await guardWith({ limits, routes }, legacy);
    const socket = connect({ port: guard.port, host: '127.0.0.1' });
    socket.write('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
    socket.pause();
    await until(() => guard.report().failed.legacy === 1, 'it is ended');
    socket.resume().on('error', () => {});
    await once(socket, 'close');
  });

  it('is none while each of them is quick, however many come on one connection', async () => {
    const guard = await guardWith(
      { limits, routes },
      jsonService(() => ({})),
    );
    const endMs = performance.now() + 900;
    while (performance.now() < endMs) {
      expect((await fetch(`${guard.url}/x`)).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
});

describe('connections of callers', () => {
  it('are as many as they may be; one more is closed at once', async () => {
    const guard = await guardWith({ limits: { connectionsMax: 1 } });
    const first = connect({ port: guard.port, host: '127.0.0.1' });
    await once(first, 'connect');
    const second = connect({ port: guard.port, host: '127.0.0.1' });
    second.on('error', () => {});
    await once(second, 'close');
    first.destroy();
  });

  it('that are idle for too long are closed, of either version', async () => {
    const guard = await guardWith({ limits: { idleTimeoutMs: 200 } });
    const { connect: connectHttp2 } = await import('node:http2');
    const session = connectHttp2(guard.url);
    const socket = connect({ port: guard.port, host: '127.0.0.1' });
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    socket.resume();
    await Promise.all([once(socket, 'close'), once(session, 'close')]);
  });
});

describe('a limit that none can be', () => {
  it.each([
    { limits: { headBytesMax: 10 } },
    { limits: { bodyBytesMax: 0 } },
    { limits: { idleTimeoutMs: 1.5 } },
    { sides: { legacy: { requestsMax: 0 } } },
    { sides: { candidate: { shadowsMax: -1 } } },
  ] satisfies Partial<GuardOptions>[])('%o is refused at the start', async (options) => {
    await expect(guardWith(options)).rejects.toMatchObject({ code: 'FW_GUARD_OPTION' });
  });
});
