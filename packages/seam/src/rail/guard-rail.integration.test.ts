import { once } from 'node:events';
import { createServer, get, request } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snapshotWith } from '../../test/fixtures.ts';
import { Plane } from '../plane/plane.ts';
import { seam } from '../seam/seam.ts';
import type { SeamOptions } from '../seam/types.ts';

const servers: Server[] = [];
let requests = 0;
let httpPort = 0;
let http2Port = 0;
let tcpPort = 0;

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  const web = createServer((_, response) => {
    requests += 1;
    response.end('1');
  });
  httpPort = await listening(web);
  const http2 = createHttp2Server((_, response) => response.end('1'));
  http2Port = await listening(http2 as never);
  tcpPort = await listening(createTcpServer((socket) => socket.on('error', () => {}).end()));
});

afterAll(() => {
  for (const server of servers) server.close();
});

type Ask = () => Promise<unknown>;
const url = (): string => `http://127.0.0.1:${httpPort}/`;

const viaHttp = (method: string): Ask => {
  return () =>
    new Promise((resolve, reject) => {
      const asked = request(url(), { method, agent: false }, (response) => {
        response.resume().on('end', resolve);
      });
      asked.on('error', reject).end();
    });
};

const WAYS: readonly [string, Ask, () => string][] = [
  ['fetch', async () => (await fetch(url())).text(), () => `127.0.0.1:${httpPort} (HTTP GET)`],
  [
    'fetch that posts',
    async () => (await fetch(url(), { method: 'POST', body: '1' })).text(),
    () => `127.0.0.1:${httpPort} (HTTP POST)`,
  ],
  ['node:http', viaHttp('GET'), () => `127.0.0.1:${httpPort}`],
  [
    'node:http on a connection kept open',
    () =>
      new Promise((resolve, reject) => {
        get(url(), (response) => response.resume().on('end', resolve)).on('error', reject);
      }),
    () => `127.0.0.1:${httpPort}`,
  ],
  [
    'node:http2',
    () =>
      new Promise((resolve, reject) => {
        const session = connectHttp2(`http://127.0.0.1:${http2Port}`);
        const stream = session.request({ ':path': '/' }).on('error', reject);
        stream.resume().on('end', () => session.close(() => resolve(1)));
        stream.end();
      }),
    () => `127.0.0.1:${http2Port}`,
  ],
  [
    'node:net',
    async () => {
      const socket = connect(tcpPort, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
    },
    () => `127.0.0.1:${tcpPort} (a connection)`,
  ],
  [
    'node:tls',
    async () => {
      const socket = connectTls({ port: tcpPort, host: '127.0.0.1' });
      await once(socket, 'error');
    },
    () => `127.0.0.1:${tcpPort} (a connection)`,
  ],
];

// Now and then legacy runs twice, to learn its noise, and may call out no more than a candidate.
const plane = new Plane({ snapshot: snapshotWith({ shadow: { noiseSample: 0 } }) });

const defined = (name: string, candidate: Ask, over: Partial<SeamOptions<Ask>> = {}) =>
  seam<Ask>({
    name,
    legacy: async () => 1,
    candidate: async () => {
      await candidate();
      return 1;
    },
    effects: 'none',
    timeoutMs: 5_000,
    plane,
    ...over,
  });

describe.each(WAYS)('a shadow run that calls out through %s', (way, ask, place) => {
  it('is the last one of its seam, and the seam says what was called', async () => {
    const fn = defined(way, ask);
    await fn();
    await fn.settled();
    await fn();
    await fn.settled();
    expect(fn.report()).toMatchObject({ compared: 0, shed: { stopped: 2 } });
    expect(fn.report().idleBecause).toContain(`the candidate called ${place()}`);
  });

  it('is noticed after a wait, and beneath functions of its own', async () => {
    const fn = defined(`${way}, later`, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return [await ask()];
    });
    await fn();
    await fn.settled();
    expect(fn.report().shed.stopped).toBe(1);
  });

  it('may do so when the seam names the host', async () => {
    const fn = defined(`${way}, allowed`, ask, { mayCall: ['127.0.0.1'] });
    await fn();
    await fn.settled();
    expect(fn.report()).toMatchObject({ compared: 1, shed: { stopped: 0 } });
  });

  it('may do so when it is legacy, and serves', async () => {
    const fn = defined(`${way}, legacy`, async () => 1, {
      legacy: async () => {
        await ask();
        return 1;
      },
    });
    await fn();
    await fn.settled();
    expect(fn.report()).toMatchObject({ compared: 1, shed: { stopped: 0 } });
  });
});

describe('the guard rail', () => {
  it('lets everything through that no shadow run does', async () => {
    const before = requests;
    await expect((await fetch(url())).text()).resolves.toBe('1');
    await viaHttp('GET')();
    expect(requests).toBe(before + 2);
  });

  it('holds a port to what was named', async () => {
    const fn = defined('port', WAYS[0]?.[1] as Ask, { mayCall: [`127.0.0.1:${tcpPort}`] });
    await fn();
    await fn.settled();
    expect(fn.report().shed.stopped).toBe(1);
  });

  it('keeps what one seam did from the others', async () => {
    const quiet = defined('quiet', async () => 1);
    const loud = defined('loud', WAYS[0]?.[1] as Ask);
    await Promise.all([quiet(), loud()]);
    await Promise.all([quiet.settled(), loud.settled()]);
    await quiet();
    await quiet.settled();
    expect(quiet.report()).toMatchObject({ compared: 2, shed: { stopped: 0 } });
    expect(loud.report().shed.stopped).toBe(1);
  });
});
