import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Seen, startServer } from '../test/real-server.ts';

const packageRoot = new URL('../', import.meta.url);
const guide = readFileSync(new URL('../../docs/guides/client.md', packageRoot), 'utf8');
const readme = readFileSync(new URL('README.md', packageRoot), 'utf8');

interface Example {
  readonly title: string;
  readonly code: string;
  readonly shown: string;
}

/** Every snippet of a page, with the output that the page shows below it. */
function examplesOf(page: string): Example[] {
  const found = page.matchAll(/^```ts\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```$)?/gm);
  return [...found].map(([, code = '', shown = '']) => ({
    title: /^const .*|^subscribe.*/m.exec(code)?.[0] ?? code,
    code,
    shown,
  }));
}

/**
 * The service that the guide speaks of: versions 2 and 1, busy at first for orders, never for
 * reads.
 */
function orders(): (response: ServerResponse, seen: Seen) => void {
  let posts = 0;
  return (response, { method, url, headers, body }) => {
    response.setHeader('Falsework-Versions', '2, 1');
    const version = headers['falsework-version'];
    if (url === '/slow') return;
    if (url === '/down') {
      response.writeHead(503).end();
    } else if (version === '3') {
      response.writeHead(406).end();
    } else if (method === 'POST' && posts++ === 0) {
      response.writeHead(503).end();
    } else {
      if (version !== undefined) response.setHeader('Falsework-Version', version);
      response.writeHead(method === 'POST' ? 201 : 200).end(`got ${body}`);
    }
  };
}

describe('the guide of the client', () => {
  const examples = examplesOf(guide);

  it('has an example for each way to use it', () => {
    const text = examples.map(({ code }) => code).join('');
    for (const entry of ['fetch', 'undici', 'axios']) expect(text).toContain(`client/${entry}'`);
    expect(examples.every(({ shown }) => shown !== '')).toBe(true);
  });

  it.each(examples)('runs as it stands, and prints what is shown: $title', async (example) => {
    await using server = await startServer(orders());
    const code = example.code.replaceAll('http://orders.internal', server.origin);
    const flags = ['--conditions=falsework-source', '--no-warnings'];
    const input = ['--input-type=module-typescript', '--eval', code];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, ...input], {
      cwd: packageRoot,
    });
    expect(stdout).toBe(example.shown);
  });

  it('names every header and every reason that there is', async () => {
    const { HEADERS } = await import('./calls/header-names.ts');
    const { STOPS } = await import('./calls/report.ts');
    for (const header of Object.values(HEADERS)) expect(guide.toLowerCase()).toContain(header);
    for (const stop of STOPS) expect(guide).toContain(`\`${stop}\``);
  });
});

describe('the README of the client', () => {
  it('names every entry point and every dependency', () => {
    const manifest = JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8'));
    for (const entry of Object.keys(manifest.exports)) {
      expect(readme).toContain(`\`${entry.replace('.', '@falsework/client')}\``);
    }
    const foreign = { ...manifest.dependencies, ...manifest.peerDependencies };
    for (const name of Object.keys(foreign)) {
      if (!name.startsWith('@falsework/')) expect(readme).toMatch(new RegExp(`^\\| ${name} `, 'm'));
    }
  });
});
