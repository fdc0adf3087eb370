// A guard reduced to its writes: what is killed at random moments. Run as a process of its own:
// node guard-process.ts FOLDER AUTHORITY FOLLOWER FAULT
import { randomFillSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemHost } from '@falsework/seam/engine';
import { request as send } from 'undici';
import { Journal } from '../../src/journal/index.ts';
import {
  IDEMPOTENCY_HEADER,
  idempotencyKeyOf,
  JournaledWrites,
  type SendWrite,
  type WriteTicket,
} from '../../src/writes/index.ts';

/** Faults that the proof must see. */
export type PlantedFault =
  | 'none'
  | 'intent-late'
  | 'outcome-early'
  | 'key-per-attempt'
  | 'order-broken';

const [folder = '', authority = '', follower = '', planted = 'none'] = process.argv.slice(2);
const fault = planted as PlantedFault;
const { clock, random } = systemHost;
const randomBytes = (into: Uint8Array): void => void randomFillSync(into);

const sendTo =
  (origin: string): SendWrite =>
  async ({ method, path, headers, body }) => {
    const answer = await send(`${origin}${path}`, {
      method: method as 'POST',
      headers: withoutHop(headers),
      body,
      headersTimeout: 2_000,
    });
    return { status: answer.statusCode, body: new Uint8Array(await answer.body.arrayBuffer()) };
  };

function withoutHop(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (/^(host|connection|content-length|keep-alive|transfer-encoding)$/i.test(name)) continue;
    kept.push(name, raw[i + 1] as string);
  }
  return kept;
}

/** The key of the request, or another one on every attempt. */
function keyed(to: SendWrite): SendWrite {
  if (fault !== 'key-per-attempt') return to;
  return (write) => {
    const headers = [...write.headers];
    const at = headers.findIndex((name) => name.toLowerCase() === 'idempotency-key');
    headers[at + 1] = randomUUID();
    return to({ ...write, headers });
  };
}

const toAuthority = sendTo(authority);
// Small segments, so that they are rolled and removed while it is killed.
const journal = await Journal.open({
  folder,
  clock,
  randomBytes,
  segmentBytes: 16_384,
  bytesMax: 8_000_000,
  diskFreeBytesMin: 0,
});
const quick = { baseMs: 5, capMs: 100 };
const writes = new JournaledWrites({
  journal,
  clock,
  random,
  sendToAuthority: toAuthority,
  sendToFollower: keyed(sendTo(follower)),
  feeding: { backoff: quick, attemptsMax: 50 },
  resolving: { backoff: quick, attemptsMax: 20, attemptsMaxAtStart: 50 },
});

async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const reading = idempotencyKeyOf(request.rawHeaders, { clock, randomBytes });
  if (!reading.ok) return void response.writeHead(400).end(reading.because);
  const path = request.url as string;
  const write = {
    route: path.endsWith('/entries') ? 'POST /accounts/{id}/entries' : 'POST /accounts/{id}/notes',
    key: fault === 'order-broken' ? randomUUID() : (path.split('/')[2] ?? null),
    idempotencyKey: reading.key,
    // Only the first of the two routes declares that a repeated key is answered without an effect.
    canReplay: path.endsWith('/entries'),
    method: request.method as string,
    path,
    headers: reading.headers,
    body: Buffer.concat(chunks),
  };
  let ticket: WriteTicket | null = null;
  if (fault !== 'intent-late') ticket = await writes.begin(write);
  if (fault === 'outcome-early') await ticket?.answered(201, null);
  const answer = await toAuthority(write).catch(() => null);
  ticket ??= await writes.begin(write);
  if (answer === null) {
    await ticket.failed({ isSent: true });
    return void response.writeHead(502).end();
  }
  await ticket.answered(answer.status, answer.body);
  response.writeHead(answer.status, { [IDEMPOTENCY_HEADER]: reading.key }).end(answer.body);
}

const server = createServer((request, response) => {
  const url = request.url as string;
  if (url === '/state') {
    const open = { debts: writes.debts.list(1_000), entries: journal.entries.size };
    response.end(JSON.stringify(open));
    return;
  }
  const order = /^\/settle\/(\d+)\/(applied|not-applied)$/.exec(url);
  if (order !== null) {
    const word = { by: 'the proof', reason: 'looked up', isApplied: order[2] === 'applied' };
    void writes.debts.settle(Number(order[1]), word).then((result) => {
      response.end(JSON.stringify(result));
    });
    return;
  }
  pass(request, response).catch((error: { code?: string }) => {
    if (response.headersSent) response.destroy();
    else response.writeHead(503).end(String(error.code));
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
