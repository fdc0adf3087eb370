import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** An answer that a handler gives up with. */
export class Stop extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(String(status));
    this.status = status;
    this.body = body;
  }
}

export const notFound = (what: string): Stop => new Stop(404, { error: 'not_found', what });
export const conflict = (reason: string): Stop => new Stop(409, { error: 'conflict', reason });
export const invalid = (fields: Record<string, string>): Stop =>
  new Stop(422, { error: 'invalid', fields });

/** Text goes out as text, JSON that was written by hand as it is, and everything else as JSON. */
export function send(res: ServerResponse, status: number, body: unknown, location?: string): void {
  const isText = typeof body === 'string' && !body.startsWith('{');
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  res.writeHead(status, {
    'Content-Type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    'Cache-Control': 'no-store',
    ...(location === undefined ? {} : { Location: location }),
  });
  res.end(status === 204 ? undefined : text);
}

export async function bodyOf(req: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    if (typeof body === 'object' && body !== null) return body as Record<string, unknown>;
  } catch {
    // Said below, in the same words as for a body of another kind.
  }
  throw new Stop(400, { error: 'bad_request', message: 'the body must be a JSON object' });
}

const LIFETIME_SECONDS = 3_600;

/** `customer.expiry.signature`: both shops hold the key, so a sign-in at one is good at the other. */
export function makeToken(customer: number, key: string): string {
  const head = `${customer}.${Math.floor(Date.now() / 1_000) + LIFETIME_SECONDS}`;
  return `${head}.${createHmac('sha256', key).update(head).digest('base64url')}`;
}

export function readToken(req: IncomingMessage, key: string): { token: string; customer: number } {
  const token = /^Bearer (\S+)$/.exec(req.headers.authorization ?? '')?.[1] ?? '';
  const [customer = '', expiry = '', mac = ''] = token.split('.');
  const wanted = createHmac('sha256', key).update(`${customer}.${expiry}`).digest();
  const given = Buffer.from(mac, 'base64url');
  const isGood = given.length === wanted.length && timingSafeEqual(given, wanted);
  if (!isGood || Number(expiry) < Date.now() / 1_000) {
    throw new Stop(401, { error: 'not_signed_in', message: 'sign in first' });
  }
  return { token, customer: Number(customer) };
}
