import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Ended, Falsework, Folder, run } from './support/falsework.ts';
import { freePort, type Service, serve } from './support/services.ts';

const EMAIL = 'ada.lovelace@example.com';
const ORDERS = 'GET /orders/{id}';
const QUOTES = 'GET /quotes/{id}';
const TICKETS = 'GET /tickets/{id}';

let folder: Folder;
let legacy: Service;
let candidate: Service;
let guardPort: number;
let controlPort: number;
/** The fault of the candidate: totals rounded down. */
let isRounding: boolean;
const processes: Falsework[] = [];
const asked = { legacy: [] as string[], candidate: [] as string[] };

/** A shop: orders with totals, quotes with names, tickets that are new each time. */
const shop = (side: 'legacy' | 'candidate'): Promise<Service> =>
  serve((request, response) => {
    const [, what, id] = (request.url ?? '').split(/[/?]/);
    asked[side].push(`${request.method} ${request.url}`);
    const isOther = side === 'candidate';
    const total = isOther && isRounding ? '12.49' : '12.50';
    const bodies: Record<string, string> = {
      orders: `{"id":${id},"total":${total},"email":"${EMAIL}","at":"${new Date().toISOString()}"}`,
      quotes: `{"id":${id},"name":"${isOther ? 'LEVER ARCH FILE' : 'Lever arch file'}"}`,
      tickets: `{"id":${id},"ticket":"${randomUUID()}"}`,
    };
    response.setHeader('content-type', 'application/json');
    response.setHeader('falsework-build', `${side}-1`);
    response.end(bodies[what ?? ''] ?? '{}');
  });

beforeEach(async () => {
  folder = new Folder();
  isRounding = true;
  asked.legacy.length = 0;
  asked.candidate.length = 0;
  [legacy, candidate] = await Promise.all([shop('legacy'), shop('candidate')]);
  [guardPort, controlPort] = [await freePort(), await freePort()];
  const effects = 'none';
  const config = {
    name: 'orders',
    owner: 'payments',
    deleteBy: '2027-03-31',
    guard: {
      legacy: legacy.url,
      candidate: candidate.url,
      port: guardPort,
      health: { interval: '200ms' },
      compare: [{ rule: 'ignore', path: '$.at' }],
      routes: { [ORDERS]: { effects }, [QUOTES]: { effects }, [TICKETS]: { effects } },
    },
    policy: {
      shadow: { sample: 1, noiseSample: 1, timeout: '2s', concurrency: 16, recheckAfter: 0 },
      staleAfter: '5s',
    },
    control: { port: controlPort },
  };
  writeFileSync(join(folder.path, 'falsework.config.json'), JSON.stringify(config));
  const up = new Falsework(['up', '--json'], folder.path);
  processes.push(up);
  await up.says(/"control"/);
});

afterEach(async () => {
  await Promise.all(processes.splice(0).map((each) => each.stop('SIGKILL')));
  await Promise.all([legacy.stop(), candidate.stop()]);
  folder.remove();
});

const falsework = (...args: string[]): Promise<Ended> => run(args, folder.path);

/** One document of JSON that a command line answers; it must have ended well. */
async function asJson<Value>(...args: string[]): Promise<Value> {
  const { exit, stdout, stderr } = await falsework(...args, '--json');
  if (exit !== 0) throw new Error(`${args.join(' ')}: ${stderr}${stdout}`);
  return JSON.parse(stdout) as Value;
}

let next = 0;
/** Callers ask for something of everything; what they get is always legacy's. */
async function callers(times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    next += 1;
    for (const what of ['orders', 'quotes', 'tickets']) {
      const response = await fetch(`http://127.0.0.1:${guardPort}/${what}/${next}`);
      const text = await response.text();
      expect(response.status).toBe(200);
      if (what === 'orders') expect(text).toContain('"total":12.50');
    }
  }
}

interface Cause {
  readonly record: { readonly id: string; readonly template: string; readonly isNoise: boolean };
  readonly state: string;
}
interface Status {
  readonly stage: string;
  readonly epoch: { readonly ordinal: number };
  readonly accepted: readonly { readonly id: string }[];
  readonly strata: readonly { readonly seam: string; readonly verdicts: Record<string, number> }[];
}

const causes = async (...args: string[]): Promise<readonly Cause[]> =>
  (await asJson<{ causes: Cause[] }>('diffs', ...args)).causes;
const status = (): Promise<Status> => asJson<Status>('explain');
const verdictsOf = (now: Status, seam: string): Record<string, number> =>
  now.strata.find((stratum) => stratum.seam === seam)?.verdicts ?? {};

/** Lets callers go on until what is asked for is so. */
async function until<Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> {
  for (const deadline = performance.now() + 60_000; performance.now() < deadline; ) {
    await callers(5);
    const found = await look();
    if (found !== undefined) return found;
    await pause(100);
  }
  throw new Error(`${what}: it did not come to that. ${JSON.stringify(await status())}`);
}

const causeAt = (template: string, ...args: string[]): Promise<Cause> =>
  until(`a cause at ${template}`, async () =>
    (await causes(...args)).find(({ record }) => record.template === template),
  );

describe('a difference from the first sight to the last', () => {
  it('is found, read, tried, accepted, fixed and proven fixed from the command line', async () => {
    const total = await causeAt('$.total');
    const name = await causeAt('$.name');
    const { id } = total.record;

    // It is read: one line in the list, both answers side by side, nothing of the customer.
    const list = await falsework('diffs');
    expect(list.stdout).toMatch(/#\w{4,} +\d+× {2}\$\.total +number +12\.50 → 12\.49/);
    const shown = await falsework('diffs', 'show', id.slice(0, 8));
    expect(shown.exit).toBe(0);
    expect(shown.stdout).toMatch(/≠ +"total": 12\.50 +"total": 12\.49/);
    expect(shown.stdout).not.toContain(EMAIL);

    // A rule is proposed and tried; one that is too wide is told what it would hide.
    const proposed = await falsework('rules', 'propose', id, '--yaml');
    expect(proposed.stdout).toContain('rule: tolerance');
    writeFileSync(join(folder.path, 'narrow.yaml'), proposed.stdout);
    writeFileSync(join(folder.path, 'wide.json'), '[{"rule":"ignore","path":"$..*"}]');
    const narrow = await falsework('rules', 'test', '--rules', 'narrow.yaml', '--for', id);
    expect(narrow, narrow.stderr).toMatchObject({ exit: 0 });
    expect(narrow.stdout).toMatch(/\$\.total .* (\d) of \1 excused/);
    const wide = await falsework('rules', 'test', '--rules', 'wide.json', '--for', id);
    expect(wide.exit).toBe(3);
    expect(wide.stdout).toMatch(/\$\.name .*HIDDEN/);

    // It is asked again of what runs now: it still differs.
    const before = await falsework('replay', id);
    expect(before.exit).toBe(1);
    expect(before.stdout).toContain('still differs');

    // Somebody answers for it: from now on it counts as accepted, and the other one does not.
    const inAMonth = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const why = ['--owner', 'grace', '--reason', 'rounded as the law says', '--until', inAMonth];
    const { epoch } = await status();
    const accepted = await falsework('diffs', 'accept', id, ...why, '--execute');
    expect(accepted, accepted.stderr).toMatchObject({ exit: 0 });
    const counted = await until('an accepted run', async () => {
      const now = await status();
      const isThere = (verdictsOf(now, ORDERS)['accepted'] ?? 0) > 0;
      return isThere && (verdictsOf(now, QUOTES)['mismatch'] ?? 0) > 0 ? now : undefined;
    });
    expect(counted.epoch.ordinal).toBe(epoch.ordinal + 1);
    expect(verdictsOf(counted, ORDERS)['mismatch']).toBe(0);
    expect(verdictsOf(counted, QUOTES)['accepted']).toBe(0);
    expect(counted.accepted).toMatchObject([{ id, owner: 'grace', daysLeft: 31 }]);
    expect((await causeAt('$.total')).state).toBe('accepted');
    expect((await causeAt('$.name')).state).not.toBe('accepted');
    for (const report of ['status', 'explain', 'diffs']) {
      expect((await falsework(report)).stdout, report).toContain(
        'grace owns it: rounded as the law',
      );
    }
    const token = readFileSync(join(folder.path, '.falsework/token'), 'utf8').trim();
    const metrics = await fetch(`http://127.0.0.1:${controlPort}/metrics`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await metrics.text()).toMatch(
      /falsework_accepted_days_left\{.*owner="grace".*\} 30\.\d+/,
    );

    // The candidate is fixed: the same requests, asked again, say so; the other one still differs.
    isRounding = false;
    const after = await falsework('replay', id);
    expect(after, after.stderr).toMatchObject({ exit: 0 });
    expect(after.stdout).toContain('both sides answer equally now');
    expect((await falsework('replay', name.record.id)).exit).toBe(1);

    // Everything goes out as JSON, a document a line, with nothing of the customer in it.
    const exported = await falsework('diffs', 'export');
    const lines = exported.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    const pairs = lines.flatMap((line) => ('pair' in line ? [line.pair] : []));
    expect(pairs).toContainEqual(
      expect.objectContaining({
        ids: expect.arrayContaining([id]),
        request: expect.objectContaining({ target: expect.stringMatching(/^\/orders\/\d+$/) }),
      }),
    );
    expect(exported.stdout).not.toContain(EMAIL);
    expect(lines.some((line) => 'cause' in line)).toBe(true);

    // It is taken back, and the log of all this holds.
    expect((await falsework('diffs', 'reopen', id, '--execute')).exit).toBe(0);
    expect((await status()).accepted).toEqual([]);
    expect((await falsework('decisions', '--verify')).stdout).toContain('The log holds');
  });

  it('is told from what legacy does to itself, and a rule is proposed for that', async () => {
    const ticket = await causeAt('$.ticket', '--noise');
    expect(ticket.record.isNoise).toBe(true);
    const noise = await falsework('diffs', '--noise');
    expect(noise.stdout).toContain('$.ticket');
    expect(noise.stdout).not.toContain('$.total');
    const { proposals } = await asJson<{ proposals: { rule: string; isNoise: boolean }[] }>(
      'rules',
      'propose',
    );
    const rules = proposals.filter(({ isNoise }) => isNoise).map(({ rule }) => rule);
    expect(rules).toContain('{"rule":"same-type","path":"$.ticket"}');
  });

  it('is not asked again of anybody by looking: only replay asks, and only reads', async () => {
    const { record } = await causeAt('$.total');
    await pause(1_000);
    const before = asked.candidate.length;
    for (const args of [
      ['diffs'],
      ['diffs', 'show', record.id],
      ['rules', 'test'],
      ['diffs', 'export'],
    ]) {
      expect((await falsework(...args)).exit).toBe(0);
    }
    const orders = (): string[] =>
      asked.candidate.slice(before).filter((line) => line.includes('/orders/'));
    expect(orders()).toEqual([]);
    await falsework('replay', record.id);
    expect(orders().length).toBeGreaterThan(0);
    expect(orders().every((line) => line.startsWith('GET /orders/'))).toBe(true);
  });
});
