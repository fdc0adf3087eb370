// Headers whose names begin with Falsework-: whose they are, and who gets them.
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { guardBetween, httpService, jsonService, routeWith } from '../../test/fixtures.ts';

/** A service that keeps the headers of what it is asked for, health checks left out. */
function listening(into: IncomingHttpHeaders[]) {
  return httpService((request, response) => {
    if (request.url === '/a') into.push(request.headers);
    response.setHeader('Content-Type', 'application/json');
    response.setHeader('Falsework-Side', 'of its own');
    response.end('{}');
  });
}

describe('what a caller says in headers of ours', () => {
  const sent = {
    'Falsework-Version': '3',
    'Falsework-Accept-Versions': '3, 2',
    'Falsework-Deadline-Ms': '2500',
    'Falsework-Dry-Run': '1',
  };

  it('reaches both sides alike where it is for services, and neither where it is the guard’s', async () => {
    const [legacy, candidate]: [IncomingHttpHeaders[], IncomingHttpHeaders[]] = [[], []];
    const guard = await guardBetween(await listening(legacy), await listening(candidate), {
      routes: [routeWith({ seam: 'GET /a' })],
    });
    await (await fetch(`${guard.url}/a`, { headers: sent })).text();
    await guard.settled();
    for (const [headers, ...others] of [legacy, candidate]) {
      expect(others).toEqual([]);
      expect(headers).toMatchObject({
        'falsework-version': '3',
        'falsework-accept-versions': '3, 2',
        'falsework-deadline-ms': '2500',
      });
      expect(headers).not.toHaveProperty('falsework-dry-run');
    }
  });
});

describe('the side that answers', () => {
  it('is named once, whatever it says of itself', async () => {
    const [legacy, candidate] = [await listening([]), await jsonService(() => ({}))];
    const named = await guardBetween(legacy, candidate, { namesSide: true });
    expect((await fetch(`${named.url}/a`)).headers.get('falsework-side')).toBe('legacy');
    const silent = await guardBetween(legacy, candidate);
    expect((await fetch(`${silent.url}/a`)).headers.get('falsework-side')).toBe('of its own');
  });
});
