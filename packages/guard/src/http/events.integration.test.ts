import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { certificate } from '../../test/certificates.ts';
import {
  atEnd,
  guardBetween,
  httpService,
  routeWith,
  snapshotWith,
  until,
} from '../../test/fixtures.ts';

/** A service that tells an event at once, and the rest when its caller has gone. */
async function telling() {
  let asked = 0;
  let left = 0;
  const service = await httpService((got, response) => {
    if (got.url === '/') {
      response.end();
      return;
    }
    asked += 1;
    response.on('close', () => (left += 1));
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    response.write('data: 1\n\n');
  });
  return { ...service, asked: () => asked, left: () => left };
}

const routes = [routeWith({ seam: 'GET /events' })];

describe('a stream of events', () => {
  it('reaches the caller as it is told, is counted as unproven, and leaves no shadow', async () => {
    const [legacy, candidate] = [await telling(), await telling()];
    const guard = await guardBetween(legacy, candidate, { routes });
    const [answer] = (await once(get(`${guard.url}/events`), 'response')) as [IncomingMessage];
    const [first] = (await once(answer, 'data')) as [Buffer];
    expect(String(first)).toBe('data: 1\n\n');
    answer.on('error', () => {}).destroy();
    await until(() => legacy.left() === 1, 'legacy hears that the caller left');
    await until(() => guard.report().unproven.length > 0, 'it is counted');
    expect(guard.report()).toMatchObject({
      unproven: [{ route: 'GET /events', because: 'stream', requests: 1 }],
      compared: 0,
      shed: 0,
      capturedBytes: 0,
    });
    await guard.settled();
    expect(candidate.asked()).toBe(0);
  });

  it.each(['in clear', 'under TLS'])(
    'does so over HTTP/2 %s, and ends with its connection',
    async (front) => {
      const tls = front === 'under TLS' ? await certificate() : null;
      const legacy = await telling();
      const guard = await guardBetween(legacy, await telling(), { routes, tls });
      const session = connect(guard.url, tls === null ? {} : { ca: tls.pem });
      atEnd(() => session.destroy());
      const [one, other] = [0, 1].map(() => session.request({ ':path': '/events' }));
      const firsts = await Promise.all([one, other].map((each) => once(each ?? session, 'data')));
      expect(firsts.map(([chunk]) => String(chunk))).toEqual(['data: 1\n\n', 'data: 1\n\n']);
      one?.close();
      await until(() => legacy.left() === 1, 'legacy hears of the one');
      expect(other?.closed).toBe(false);
      session.destroy();
      await until(() => legacy.left() === 2, 'legacy hears of both');
    },
  );

  it('from the candidate is not held back until it is whole', async () => {
    const snapshot = snapshotWith({ stage: 'shift', percent: 100 });
    const guard = await guardBetween(await telling(), await telling(), { routes, snapshot });
    const [answer] = (await once(get(`${guard.url}/events`), 'response')) as [IncomingMessage];
    await once(answer, 'data');
    answer.on('error', () => {}).destroy();
    await until(() => guard.report().served.candidate === 1, 'it is counted');
    expect(guard.report()).toMatchObject({ fallbacks: 0, compared: 0 });
  });

  it('ends when the guard goes down', async () => {
    const guard = await guardBetween(await telling(), await telling(), { routes });
    const [answer] = (await once(get(`${guard.url}/events`), 'response')) as [IncomingMessage];
    let isClosed = false;
    answer.on('error', () => {}).on('close', () => (isClosed = true));
    answer.resume();
    await guard.stop({ withinMs: 100 });
    await until(() => isClosed, 'it is broken off');
  });
});
