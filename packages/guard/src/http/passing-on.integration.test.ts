import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  bodyOf,
  deadService,
  exchangeRaw,
  guardBetween,
  httpService,
  type Service,
  standstill,
  tcpService,
  until,
} from '../../test/fixtures.ts';
import type { RunningGuard } from '../main.ts';

const MIB = 1024 * 1024;
const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Chunks of random bytes, `count` of a MiB each, written with back-pressure. */
async function writeMiB(
  to: { write: (chunk: Buffer) => boolean; once: (event: 'drain', run: () => void) => unknown },
  count: number,
): Promise<string> {
  const hash = createHash('sha256');
  for (let i = 0; i < count; i += 1) {
    const chunk = randomBytes(MIB);
    hash.update(chunk);
    if (!to.write(chunk)) await new Promise<void>((resolve) => to.once('drain', resolve));
  }
  return hash.digest('hex');
}

async function guardBefore(legacy: Service): Promise<RunningGuard> {
  return guardBetween(legacy, await deadService());
}

describe('a body', () => {
  it('of 64 MiB reaches the caller byte by byte as legacy sent it', async () => {
    let sent = Promise.resolve('');
    const legacy = await httpService((_request, response) => {
      sent = writeMiB(response, 64).finally(() => response.end());
    });
    const guard = await guardBefore(legacy);
    const answer = await fetch(guard.url);
    expect(sha(Buffer.from(await answer.arrayBuffer()))).toBe(await sent);
  });

  it('of 64 MiB reaches legacy byte by byte as the caller sent it, chunked as it was', async () => {
    const legacy = await httpService((asked, response) => {
      const hash = createHash('sha256');
      asked.on('data', (chunk: Buffer) => hash.update(chunk));
      asked.on('end', () => {
        response.end(JSON.stringify([hash.digest('hex'), asked.headers['transfer-encoding']]));
      });
    });
    const guard = await guardBefore(legacy);
    const outgoing = request(guard.url, { method: 'PUT', agent: false });
    const answered = once(outgoing, 'response');
    const sent = await writeMiB(outgoing, 64);
    outgoing.end();
    const [answer] = (await answered) as [IncomingMessage];
    expect(JSON.parse((await bodyOf(answer)).toString())).toEqual([sent, 'chunked']);
  });

  it('is not read from legacy faster than the caller takes it', async () => {
    let written = 0;
    const legacy = await httpService((_request, response) => {
      const chunk = Buffer.alloc(MIB);
      const more = (): void => {
        while (written < 256 && response.write(chunk)) written += 1;
        written += 1;
        if (written < 256) response.once('drain', more);
      };
      more();
    });
    const guard = await guardBefore(legacy);
    const caller = connect({ port: guard.port, host: '127.0.0.1' });
    caller.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    caller.pause();
    const before = process.memoryUsage().arrayBuffers;
    // The sockets on the way fill up, and then nothing moves any more.
    await standstill(() => written, 'legacy is held back');
    expect(written).toBeLessThan(64);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MIB);
    caller.destroy();
  });

  it('is not read from the caller faster than legacy takes it', async () => {
    const legacy = await httpService((asked) => {
      asked.pause();
    });
    const guard = await guardBefore(legacy);
    const caller = connect({ port: guard.port, host: '127.0.0.1' });
    caller.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 268435456\r\n\r\n');
    let accepted = 0;
    const chunk = Buffer.alloc(MIB);
    const more = (): void => {
      caller.write(chunk, () => {
        accepted += 1;
        if (accepted < 256) more();
      });
    };
    more();
    await standstill(() => accepted, 'the caller is held back');
    expect(accepted).toBeLessThan(64);
    caller.destroy();
  });
});

describe('headers', () => {
  it('reach legacy in their order, their case and as often as they were sent', async () => {
    const legacy = await httpService((asked, response) => {
      response.end(JSON.stringify(asked.rawHeaders));
    });
    const guard = await guardBefore(legacy);
    const head =
      'GET / HTTP/1.1\r\nHost: shop.example\r\nX-Second: 2\r\nx-FIRST: 1\r\nCookie: a=1\r\nCookie: b=2\r\n' +
      'X-Latin: caf\xe9\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\n\r\n';
    const bytes = await exchangeRaw(guard.port, Buffer.from(head, 'latin1'));
    const answer = Buffer.from(bytes, 'latin1').toString();
    const seen = JSON.parse(
      answer.slice(answer.indexOf('['), answer.lastIndexOf(']') + 1),
    ) as string[];
    // undici writes the host and its own connection first.
    expect(seen).toEqual([
      'host',
      'shop.example',
      'connection',
      'keep-alive',
      'X-Second',
      '2',
      'x-FIRST',
      '1',
      'Cookie',
      'a=1',
      'Cookie',
      'b=2',
      'X-Latin',
      'caf\xe9',
      'X-Forwarded-For',
      '127.0.0.1',
      'X-Forwarded-Proto',
      'http',
      'Via',
      '1.1 falsework',
    ]);
  });

  it('reach the caller in their order, their case and as often as they were sent', async () => {
    const legacy = await tcpService((socket) => {
      socket.on('data', () => {
        socket.write(
          'HTTP/1.1 207 Well\xe9 then\r\nX-B: 1\r\nx-a: caf\xe9\r\nSet-Cookie: a=1\r\nSET-COOKIE: b=2\r\n' +
            'Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nContent-Length: 2\r\n\r\nhi',
          'latin1',
        );
      });
    });
    const guard = await guardBefore(legacy);
    const answer = await exchangeRaw(
      guard.port,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    expect(answer.split('\r\n')).toEqual([
      'HTTP/1.1 207 Well\xe9 then',
      'X-B: 1',
      'x-a: caf\xe9',
      'Set-Cookie: a=1',
      'SET-COOKIE: b=2',
      'Content-Length: 2',
      'Connection: close',
      '',
      'hi',
    ]);
  });

  it('gain nothing on the way: no date, no side, no name of ours', async () => {
    const legacy = await tcpService((socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    });
    const guard = await guardBefore(legacy);
    const answer = await exchangeRaw(
      guard.port,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toBe('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
});

describe('an answer without a body', () => {
  const heads: Record<string, string> = {
    '204': 'HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n',
    '304': 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 12\r\n\r\n',
    HEAD: 'HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nContent-Type: text/plain\r\n\r\n',
  };

  it.each(Object.entries(heads))('%s reaches the caller with its headers', async (name, head) => {
    const legacy = await tcpService((socket) => {
      socket.on('data', () => socket.write(head));
    });
    const guard = await guardBefore(legacy);
    const method = name === 'HEAD' ? 'HEAD' : 'GET';
    const answer = await exchangeRaw(
      guard.port,
      `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toBe(head.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  });
});

describe('an answer in chunks', () => {
  it('keeps its trailers, in their order and case', async () => {
    const legacy = await tcpService((socket) => {
      socket.on('data', () =>
        socket.write(
          'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n' +
            '3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n',
        ),
      );
    });
    const guard = await guardBefore(legacy);
    const answer = await exchangeRaw(
      guard.port,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toContain('Trailer: X-Sum\r\n');
    expect(answer).toContain('Transfer-Encoding: chunked\r\n');
    expect(answer).toMatch(/0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n$/);
    const chunks = answer
      .slice(answer.indexOf('\r\n\r\n') + 4)
      .matchAll(/[0-9a-f]+\r\n([a-g]+)\r\n/g);
    expect([...chunks].map(([, chunk]) => chunk).join('')).toBe('abcdefg');
  });

  it('reaches the caller as it comes, and not when it is whole', async () => {
    const legacy = await httpService((_request, response) => {
      response.write('first');
      response.once('close', () => {});
    });
    const guard = await guardBefore(legacy);
    const caller = connect({ port: guard.port, host: '127.0.0.1' });
    caller.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const [chunk] = (await once(caller, 'data')) as [Buffer];
    expect(chunk.toString()).toContain('first');
    caller.destroy();
  });

  it('that ends with its connection ends for the caller too', async () => {
    const legacy = await tcpService((socket) => {
      socket.on('data', () =>
        socket.end('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end'),
      );
    });
    const guard = await guardBefore(legacy);
    const answer = await fetch(guard.url);
    expect(await answer.text()).toBe('until the end');
  });
});

describe('connections', () => {
  it('are kept, on both ends, for one request after the other', async () => {
    const legacy = await httpService((_request, response) => response.end('x'));
    const guard = await guardBefore(legacy);
    const before = legacy.connections();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let i = 0; i < 20; i += 1) {
      const outgoing = request(guard.url, { agent });
      outgoing.end();
      const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
      ports.add(answer.socket.localPort);
      await bodyOf(answer);
    }
    agent.destroy();
    expect(ports.size).toBe(1);
    // One more is the health check's own.
    expect(legacy.connections() - before).toBeLessThanOrEqual(2);
  });

  it('that legacy closed in the moment of a request are replaced, and no reader notices', async () => {
    let closes = 0;
    const legacy = await tcpService((socket) => {
      let answered = 0;
      socket.on('data', () => {
        answered += 1;
        if (answered > 1) {
          closes += 1;
          socket.destroy();
          return;
        }
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    const guard = await guardBefore(legacy);
    for (let i = 0; i < 10; i += 1) {
      const answer = await fetch(guard.url);
      expect([answer.status, await answer.text()]).toEqual([200, 'ok']);
    }
    expect(closes).toBeGreaterThan(0);
  });
});

describe('a caller that leaves', () => {
  it('before the answer takes its request back from legacy', async () => {
    let aborted = 0;
    let asked = 0;
    const legacy = await httpService((incoming, response) => {
      if (incoming.url === '/') {
        response.end();
        return;
      }
      asked += 1;
      response.on('close', () => {
        aborted += 1;
      });
    });
    const guard = await guardBefore(legacy);
    const caller = connect({ port: guard.port, host: '127.0.0.1' });
    caller.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => asked === 1, 'legacy has the request');
    caller.destroy();
    await until(() => aborted === 1, 'legacy is told');
    expect(guard.report().failed.legacy).toBe(0);
  });

  it('in the middle of its own upload takes that back too, and is no failure of legacy', async () => {
    let ended = '';
    const legacy = await httpService((incoming, response) => {
      if (incoming.method === 'GET') {
        response.end();
        return;
      }
      incoming.on('error', () => {});
      incoming.on('data', () => {});
      incoming.on('close', () => {
        ended = incoming.complete ? 'whole' : 'broken off';
      });
    });
    const guard = await guardBefore(legacy);
    const caller = connect({ port: guard.port, host: '127.0.0.1' });
    caller.write('POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf');
    await until(() => legacy.connections() > 1, 'legacy has the request');
    await new Promise((resolve) => setTimeout(resolve, 50));
    caller.destroy();
    await until(() => ended !== '', 'legacy is told');
    expect(ended).toBe('broken off');
    await until(() => guard.report().sides.legacy.counts.asked >= 0, 'it is counted');
    expect(guard.report().failed.legacy).toBe(0);
  });
});

describe('an answer before the request was complete', () => {
  it('reaches the caller, whose connection can go on', async () => {
    const legacy = await httpService((incoming, response) => {
      if (incoming.method === 'GET') {
        response.end('next');
        return;
      }
      // It reads nothing, so that by now everything on the way is full and stands still.
      setTimeout(() => {
        response.writeHead(413, { 'Content-Length': 8 });
        response.end('too long');
      }, 200);
    });
    const guard = await guardBefore(legacy);
    const caller = connect({ port: guard.port, host: '127.0.0.1' });
    let received = '';
    caller.on('data', (chunk) => {
      received += String(chunk);
    });
    caller.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${32 * MIB}\r\n\r\n`);
    caller.write(Buffer.alloc(24 * MIB));
    await until(() => received.includes('too long'), 'the answer is there');
    expect(received).toMatch(/^HTTP\/1.1 413 /);
    // Legacy is sent no more of it, but the caller may go on to the end.
    caller.write(Buffer.alloc(8 * MIB));
    caller.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => received.includes('next'), 'the next answer is there');
    caller.destroy();
  });
});

describe('a legacy that fails', () => {
  it('before its answer is named in a 502 with the reason, and nothing is hidden', async () => {
    const guard = await guardBetween(await deadService(), await httpService((_q, a) => a.end('x')));
    const answer = await fetch(`${guard.url}/orders`, { method: 'POST', body: 'x' });
    expect(answer.status).toBe(502);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toEqual({
      error: {
        code: 'FW_GUARD_SIDE_FAILED',
        side: 'legacy',
        because: 'ECONNREFUSED',
        message:
          'The legacy service, which serves this request, did not answer: refused the connection (ECONNREFUSED).',
      },
    });
    expect(guard.report().failed).toEqual({ legacy: 1, candidate: 0 });
  });

  it('in the middle of its answer breaks off for the caller as it did', async () => {
    const legacy = await tcpService((socket) => {
      socket.on('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
        setTimeout(() => socket.destroy(), 20);
      });
    });
    const guard = await guardBefore(legacy);
    const answer = await fetch(guard.url);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    expect(guard.report().sides.legacy.words).toEqual([
      'legacy broke off 1 of 1 answer (UND_ERR_SOCKET)',
    ]);
  });

  it('with a status of its own passes it on as it is', async () => {
    const legacy = await httpService((_request, response) => {
      response.writeHead(503, { 'Retry-After': '7' });
      response.end('come back');
    });
    const guard = await guardBefore(legacy);
    const answer = await fetch(guard.url);
    expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([
      503,
      '7',
      'come back',
    ]);
  });

  it('with a header that no client should be sent is named in a 502', async () => {
    const legacy = await tcpService((socket) => {
      socket.on('data', () =>
        socket.write('HTTP/1.1 200 OK\r\nX-\x01: 1\r\nContent-Length: 0\r\n\r\n'),
      );
    });
    const guard = await guardBefore(legacy);
    expect((await fetch(guard.url)).status).toBe(502);
  });
});

describe('a request that cannot be passed on', () => {
  it.each([
    ['OPTIONS * HTTP/1.1\r\nHost: a\r\n', 'its target is not a path'],
    ['GET ftp://a/b HTTP/1.1\r\nHost: a\r\n', 'its target is not a path'],
    ['GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n', 'it names more than one host'],
  ])('%j is refused, and reaches neither side', async (head, because) => {
    let asked = 0;
    const legacy = await httpService((incoming, response) => {
      if (incoming.headers['user-agent'] !== 'falsework-guard') asked += 1;
      response.end();
    });
    const guard = await guardBefore(legacy);
    const answer = await exchangeRaw(guard.port, `${head}Connection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(answer).toContain('FW_GUARD_REQUEST');
    expect(answer).toContain(because);
    expect(asked).toBe(0);
  });

  it('does not use anything up: ten thousand of them leave the guard as it was', async () => {
    const legacy = await httpService((_request, response) => response.end('fine'));
    const guard = await guardBefore(legacy);
    const bad = 'GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n'.repeat(1_000);
    for (let i = 0; i < 10; i += 1) await exchangeRaw(guard.port, bad, 50);
    expect(await (await fetch(guard.url)).text()).toBe('fine');
    expect(legacy.connections()).toBeLessThan(5);
  });

  it('in absolute form is passed on as it was written', async () => {
    const legacy = await httpService((incoming, response) => response.end(incoming.url));
    const guard = await guardBefore(legacy);
    const answer = await exchangeRaw(
      guard.port,
      'GET http://a/b?c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/http:\/\/a\/b\?c$|http:\/\/a\/b\?c\r\n/);
  });
});

describe('an expectation', () => {
  it('to go on is met, and the body arrives', async () => {
    const legacy = await httpService((incoming, response) => {
      void bodyOf(incoming).then((body) => response.end(`got ${body}`));
    });
    const guard = await guardBefore(legacy);
    const answer = await exchangeRaw(
      guard.port,
      'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc',
    );
    expect(answer).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/);
    expect(answer).toContain('got abc');
  });
});

describe('early hints', () => {
  it('are not taken for the answer', async () => {
    const legacy = await tcpService((socket) => {
      socket.on('data', () =>
        socket.write(
          'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
        ),
      );
    });
    const guard = await guardBefore(legacy);
    const answer = await fetch(guard.url);
    expect([answer.status, await answer.text()]).toEqual([200, 'ok']);
  });
});
