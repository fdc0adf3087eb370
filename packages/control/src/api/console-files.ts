import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
// The pages of the console. Each is the same document; which page it is, its script reads from the
// address.
const PAGES = ['/', '/m/*'];
const YEAR_S = 31_536_000;

// Nothing is loaded from anywhere but here, nothing inline is run, and nobody may frame it: a click
// on a page that shows the console inside of it would be a click on retreat.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What every answer of control says to a browser, be it a page or data. */
export const BROWSER_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
} as const;

interface ConsoleFile {
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
  /** Named after what it holds, so that it can be kept for ever. */
  readonly isImmutable: boolean;
}

/**
 * Serves the built console from memory: its files are few, and only what was there at the start can
 * be asked for, so no path leads out of the folder. Does nothing but say so where it is not built.
 */
export function addConsoleFiles(app: FastifyInstance, folder: string | null): void {
  const files = folder === null ? new Map<string, ConsoleFile>() : readFiles(folder);
  const page = files.get('/index.html');
  if (page === undefined) return;
  for (const path of PAGES) app.get(path, (request, reply) => send(request, reply, page));
  for (const [path, file] of files) {
    if (file !== page) app.get(path, (request, reply) => send(request, reply, file));
  }
}

function readFiles(folder: string): Map<string, ConsoleFile> {
  const found = new Map<string, ConsoleFile>();
  for (const entry of namesIn(folder)) {
    const type = TYPES[extname(entry)];
    if (type === undefined) continue;
    const plain = readFileSync(join(folder, entry));
    const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 20);
    const path = `/${entry.replaceAll('\\', '/')}`;
    found.set(path, {
      type,
      etag: `"${hash}"`,
      plain,
      gzipped: gzipSync(plain, { level: 9 }),
      isImmutable: path.startsWith('/assets/'),
    });
  }
  return found;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    // Control without its console still is control: planes and the command line need none.
    if ((error as { code?: unknown }).code === 'ENOENT') return [];
    throw error;
  }
}

function send(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile): FastifyReply {
  void reply
    .header('etag', file.etag)
    .header('vary', 'accept-encoding')
    .header(
      'cache-control',
      file.isImmutable ? `public, max-age=${YEAR_S}, immutable` : 'no-cache',
    );
  if (request.headers['if-none-match'] === file.etag) return reply.status(304).send();
  void reply.type(file.type);
  if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(file.plain);
  return reply.header('content-encoding', 'gzip').send(file.gzipped);
}
