import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { loadConfig } from '@falsework/config';
import { type RunningGuard, startGuard } from '@falsework/guard';
import { systemClock } from '@falsework/system';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runIn } from './fake-context.ts';

const guide = readFileSync(new URL('../../../docs/guides/writes.md', import.meta.url), 'utf8');

/** The first block of the guide in this language. */
function blockOf(language: string): string {
  const block = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(guide)?.[1];
  if (block === undefined) throw new Error(`The guide has no block of ${language}.`);
  return block;
}

/** Times are those of the one who ran it; and columns are as wide as they are. */
const timeless = (text: string): string =>
  text
    .replaceAll(/\b\d+(?:\.\d+)? (?:ms|s|min)\b/g, 'T')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'AT')
    .replaceAll(/ +/g, ' ');

let folder: string;
let guard: RunningGuard;
let follower = 422;
const servers: Server[] = [];

async function service(status: () => number): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status()).end('{}'));
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'falsework-guide-'));
  const origins = [await service(() => 201), await service(() => follower)] as const;
  const config = blockOf('yaml')
    .replace('http://ledger-v1', origins[0])
    .replace('http://ledger-v2', origins[1])
    .replace('/var/lib/falsework/ledger', join(folder, 'writes'));
  writeFileSync(join(folder, 'falsework.config.yaml'), config);
  const { migrations } = await loadConfig({ cwd: folder, env: {} });
  const settings = migrations[0]?.guard;
  if (!settings) throw new Error('The guide’s configuration has no guard.');
  guard = await startGuard({ ...settings, port: 0 } as never);
});

afterEach(async () => {
  await guard.stop({ withinMs: 200 });
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  rmSync(folder, { recursive: true });
});

async function untilOver(): Promise<void> {
  while (guard.report().writes?.journal.entries !== 0) await pause(5);
}

it('prints what the guide to writes says, command by command', async () => {
  for (const key of ['mine', 'later']) {
    const headers = { 'idempotency-key': key };
    const answer = await fetch(`${guard.url}/accounts/7/entries`, { method: 'POST', headers });
    expect(answer.status).toBe(201);
  }
  while (guard.report().writes?.debts.blocks === null) await pause(5);
  const told = blockOf('console')
    .split(/^\$ falsework /m)
    .slice(1);
  for (const block of told) {
    const [line = '', ...output] = block.split('\n');
    // Between the plan and the doing, the candidate was mended.
    if (line.includes('--execute')) follower = 201;
    const ran = await runIn({ cwd: folder, clock: systemClock }, ...line.split(' '));
    expect(timeless(ran.out)).toBe(timeless(output.join('\n')));
    if (line.includes('--execute')) await untilOver();
  }
});
