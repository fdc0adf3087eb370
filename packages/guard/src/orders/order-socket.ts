import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fault } from '@falsework/core/errors';
import { type OrderTaker, readOrder } from './order.ts';

/** Ends it. Calling it again does nothing. */
export type CloseSocket = () => Promise<void>;

// What a socket's address can hold on Linux; elsewhere it is a little less.
const PATH_BYTES_MAX = 107;
const BODY_BYTES_MAX = 10_000;
const OWNER_ONLY = 0o600;

/** Where the guard of this folder takes orders. */
export function orderSocketIn(folder: string): string {
  return join(folder, 'guard.sock');
}

/**
 * Takes orders over a socket in the folder of the journal. Whoever may write there could change the
 * journal itself, so the file's owner is all the proof that is asked for. Rejects with
 * FW_WRITE_FOLDER. Only for the process that has the journal's lock: what another one left behind
 * is removed.
 */
export async function openOrderSocket(folder: string, taker: OrderTaker): Promise<CloseSocket> {
  const path = orderSocketIn(folder);
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
    const because = `its name is too long for the socket in it (${PATH_BYTES_MAX} bytes at most)`;
    throw fault('FW_WRITE_FOLDER', { folder, because });
  }
  await rm(path, { force: true });
  const server = createServer((request, response) => {
    answer(request, response, taker).catch(() => response.destroy());
  });
  server.listen(path);
  try {
    await once(server, 'listening');
    await chmod(path, OWNER_ONLY);
  } catch (error) {
    server.close();
    const because = String((error as { code?: unknown }).code);
    throw fault('FW_WRITE_FOLDER', { folder, because }, error);
  }
  server.unref();
  return async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => void server.close(resolve));
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  taker: OrderTaker,
): Promise<void> {
  const { method, url } = request;
  if (method === 'GET' && url === '/writes') return say(response, 200, taker.open());
  if (method !== 'POST' || url !== '/orders')
    return say(response, 404, { refused: 'No such path.' });
  const order = readOrder(await documentOf(request));
  if (typeof order === 'string')
    return say(response, 400, { refused: `This is no order: ${order}.` });
  say(response, 200, await taker.take(order));
}

async function documentOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > BODY_BYTES_MAX) return null;
  }
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is no order, and that is what is said.
    return null;
  }
}

function say(response: ServerResponse, status: number, document: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(document));
}
