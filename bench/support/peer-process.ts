// A proxy for Node of a bench, in front of one port, as its own documentation sets it up for speed:
// kept connections, no log. `peer-process.ts NAME ORIGIN_PORT`
import { Agent, createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import httpProxyPlugin from '@fastify/http-proxy';
import fastProxy from 'fast-proxy';
import { fastify } from 'fastify';
import { createProxyServer } from 'http-proxy-3';
import { serve } from './child.ts';

export type Peer = '@fastify/http-proxy' | 'http-proxy-3' | 'fast-proxy';

const CONNECTIONS_MAX = 128;
const [name = '', originPort] = process.argv.slice(2);
const origin = `http://127.0.0.1:${originPort}`;

async function fastifyHttpProxy(): Promise<Server> {
  const app = fastify({ logger: false });
  await app.register(httpProxyPlugin, {
    upstream: origin,
    undici: { connections: CONNECTIONS_MAX, pipelining: 1 },
  });
  await app.ready();
  return app.server;
}

function httpProxy3(): Server {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  const proxy = createProxyServer({ target: origin, agent });
  proxy.on('error', () => process.exit(1));
  return createServer((request, response) => proxy.web(request, response));
}

function fast(): Server {
  const { proxy } = fastProxy({
    base: origin,
    undici: { connections: CONNECTIONS_MAX, pipelining: 1 },
  });
  const listener: RequestListener = (request, response) => {
    proxy(request, response, request.url ?? '/', {});
  };
  return createServer(listener);
}

const peers: Readonly<Record<Peer, () => Server | Promise<Server>>> = {
  '@fastify/http-proxy': fastifyHttpProxy,
  'http-proxy-3': httpProxy3,
  'fast-proxy': fast,
};

const server = await peers[name as Peer]();
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  serve({ port: (server.address() as AddressInfo).port }, () => ({}));
});
