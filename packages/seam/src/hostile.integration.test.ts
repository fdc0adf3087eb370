import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const SEAM = new URL('./index.ts', import.meta.url).href;

interface Seen {
  /** Answers or errors that were not the very one that legacy gave. */
  readonly wrong: number;
  readonly addedP50Ms: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly shed: Readonly<Record<string, number>>;
  readonly blocked: number;
  readonly longestMs: number;
  readonly idleBecause: string | null;
  readonly written: number;
}

/**
 * Calls a function that takes ten milliseconds two hundred times, bare and through a seam in turns,
 * in a process of its own. Each call has an answer, or an error, that is one of a kind.
 */
async function seenWith(candidate: string, options = ''): Promise<Seen> {
  const program = `
    import { seam } from ${JSON.stringify(SEAM)};
    import { createServer } from 'node:http';
    import { once } from 'node:events';

    let written = 0;
    const server = createServer((_, response) => { written += 1; response.end(); });
    server.unref().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = 'http://127.0.0.1:' + server.address().port;

    const gave = new Map();
    const legacy = async (order) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      const end = order.id % 5 === 0 ? new Error('refused ' + order.id) : { id: order.id, lines: order.lines.length };
      gave.set(order.id, end);
      if (end instanceof Error) throw end;
      return end;
    };
    const candidate = ${candidate};
    const charge = seam({ name: 'charge', legacy, candidate, effects: 'none', busyMax: 1, ${options} });

    let wrong = 0;
    const call = async (fn, id) => {
      const order = { id, lines: [1, 2, 3] };
      const begin = performance.now();
      const end = await fn(order).then((value) => value, (error) => error);
      const tookMs = performance.now() - begin;
      const whole = order.lines.length === 3 && Object.keys(order).length === 2;
      if (end !== gave.get(id) || !whole) wrong += 1;
      return tookMs;
    };
    const times = { bare: [], seam: [] };
    for (let id = 1; id <= 200; id += 1) {
      times.bare.push(await call(legacy, -id));
      times.seam.push(await call(charge, id));
    }
    await charge.settled();
    // Neighbours meet the same machine, so what counts is the middle of what lies between them.
    const added = times.seam.map((tookMs, i) => tookMs - times.bare[i]).sort((a, b) => a - b);
    const { verdicts, shed, blocks, idleBecause } = charge.report();
    console.log(JSON.stringify({
      wrong, written, verdicts, shed, idleBecause,
      blocked: blocks.blocked, longestMs: blocks.longestMs,
      addedP50Ms: added[100],
    }));
    process.exit();
  `;
  const args = ['--conditions=falsework-source', '--no-warnings', '--input-type=module', '--eval'];
  const child = spawn(process.execPath, [...args, program], { timeout: 50_000 });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    output += String(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => void child.on('close', resolve));
  if (code !== 0) throw new Error(`The process ended with ${code}: ${errors}`);
  return JSON.parse(output) as Seen;
}

// A timer of ten milliseconds is out by this on a machine that runs other tests beside; a caller
// who waited for any of these candidates would be late by a hundred.
const NOISE_MS = 5;

const HOSTILE: readonly [name: string, candidate: string, expected: Partial<Seen> | object][] = [
  [
    'changes its input',
    'async (order) => { order.lines.length = 0; order.extra = 1; return { id: order.id, lines: 0 }; }',
    { verdicts: { mismatch: 160, legacy_error: 40 } },
  ],
  ['never settles', '() => new Promise(() => {})', { verdicts: { match: 0 } }],
  [
    'throws synchronously',
    "() => { throw new TypeError('broken'); }",
    { verdicts: { candidate_error: 160, mismatch: 40 } },
  ],
  [
    'throws undefined',
    '() => { throw undefined; }',
    { verdicts: { candidate_error: 160, mismatch: 40 } },
  ],
  [
    'allocates a gigabyte',
    `async (order) => {
      const chunks = Array.from({ length: 16 }, () => Buffer.alloc(2 ** 26));
      return { id: order.id, lines: chunks.length };
    }`,
    { verdicts: { match: 0 } },
  ],
  [
    // Nobody can tell a write from a read before it is made: the first call is out, and the last.
    'writes',
    "async (order) => { await fetch(url, { method: 'POST' }); return { id: order.id, lines: 3 }; }",
    {
      written: 1,
      idleBecause: expect.stringMatching(/^stopped, the candidate called 127\.0\.0\.1/),
    },
  ],
];

describe('a candidate that', () => {
  // Side by side: each waits most of its time.
  it.concurrent.each(HOSTILE)('%s changes nothing for callers', async (_, candidate, expected) => {
    const seen = await seenWith(candidate);
    expect(seen).toMatchObject({ wrong: 0, ...expected });
    expect(seen.addedP50Ms).toBeLessThan(NOISE_MS);
  });

  it('blocks the event loop for 200 ms is measured, reported, and shed from then on', async () => {
    const candidate = `async (order) => {
      const until = performance.now() + 200;
      while (performance.now() < until);
      return { id: order.id, lines: 3 };
    }`;
    const seen = await seenWith(candidate);
    expect(seen.wrong).toBe(0);
    expect(seen.blocked).toBeGreaterThanOrEqual(1);
    expect(seen.blocked).toBeLessThanOrEqual(3);
    expect(seen.longestMs).toBeGreaterThanOrEqual(200);
    expect(seen.shed.blocking).toBeGreaterThan(190);
    expect(seen.addedP50Ms).toBeLessThan(NOISE_MS);
  });
});
