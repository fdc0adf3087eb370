// What nginx is told in a bench: one worker, no log, kept connections on both of its sides.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bodyOf } from './answer.ts';

const CONNECTIONS_MAX = 4_096;
// By default it closes a connection after a thousand requests; nobody else here does.
const NEVER = 1_000_000_000;
const KEPT = 128;

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
const HANDED_ON = "proxy_http_version 1.1; proxy_set_header Connection '';";

/** A folder for what programs of this bench read and write, gone when the bench ends. */
function folderOfBench(): string {
  const folder = mkdtempSync(join(tmpdir(), 'falsework-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a configuration and returns the arguments that go with it. */
export function nginx(http: string): string[] {
  const folder = folderOfBench();
  const paths = TEMPORARY.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n');
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr crit;
events { worker_connections ${CONNECTIONS_MAX}; }
http {
${paths}
access_log off; default_type application/json;
keepalive_requests ${NEVER}; keepalive_timeout 600s;
${http}
}
`,
  );
  return ['-p', folder, '-e', 'stderr', '-c', file];
}

/** Answers everything itself. */
export function originServer(port: number): string {
  return `server { listen 127.0.0.1:${port}; location / { return 200 '${bodyOf('$uri')}'; } }`;
}

/** Passes everything on. */
export function proxyServer(port: number, legacy: number): string {
  return `${upstream('legacy', legacy)}
server { listen 127.0.0.1:${port}; location / { proxy_pass http://legacy; ${HANDED_ON} } }`;
}

/** Passes everything on, and sends a copy of each request to another server. */
export function mirrorServer(port: number, legacy: number, candidate: number): string {
  return `${upstream('legacy', legacy)}
${upstream('candidate', candidate)}
server {
listen 127.0.0.1:${port};
location / { mirror /shadow; proxy_pass http://legacy; ${HANDED_ON} }
location = /shadow { internal; proxy_pass http://candidate$request_uri; ${HANDED_ON} }
}`;
}

function upstream(name: string, port: number): string {
  const server = `server 127.0.0.1:${port};`;
  return `upstream ${name} { ${server} keepalive ${KEPT}; keepalive_requests ${NEVER}; }`;
}

/** The same for HAProxy: passes everything on, on one thread. */
export function haproxy(port: number, legacy: number): string[] {
  const file = join(folderOfBench(), 'haproxy.cfg');
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn ${CONNECTIONS_MAX}
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  http-reuse always
frontend callers
  bind 127.0.0.1:${port}
  default_backend legacy
backend legacy
  server legacy 127.0.0.1:${legacy}
`,
  );
  return ['-db', '-f', file];
}
