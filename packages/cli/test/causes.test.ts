import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createComparator, signaturesOf } from '@falsework/core/compare';
import type { StoredPair } from '@falsework/core/evidence';
import { DEFAULT_POLICY, strictForMoney } from '@falsework/core/policy';
import { caused, paired } from '@falsework/testkit/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlBench, SEAM } from './control-bench.ts';

const LEGACY = '{"id":7,"total":12.5,"at":"2026-11-20T10:00:00Z"}';
const CANDIDATE = '{"id":7,"total":12.49,"at":"2026-11-20T10:00:01Z"}';
const [TOTAL = '', AT = ''] = signaturesOf(createComparator().json(LEGACY, CANDIDATE), SEAM)
  .toSorted((a, b) => (a.template < b.template ? 1 : -1))
  .map(({ id }) => id);

const totalOff = (over: object = {}) =>
  caused(TOTAL, Date.now(), {
    seam: SEAM,
    epoch: 2,
    count: 29,
    shapes: ['number within 0.01 less'],
    samples: [
      { at: 1, path: '$.total', legacy: '12.5', candidate: '12.49', request: 'GET /orders/7' },
    ],
    ...over,
  });
const atOff = (over: object = {}) =>
  caused(AT, 1, {
    seam: SEAM,
    epoch: 2,
    template: '$.at',
    kind: 'string',
    count: 2,
    samples: [
      {
        at: 1,
        path: '$.at',
        legacy: '"2026-11-20T10:00:00Z"',
        candidate: '"2026-11-20T10:00:01Z"',
        request: null,
      },
    ],
    ...over,
  });
const bothOff = (over: Partial<StoredPair> = {}): StoredPair =>
  paired([TOTAL, AT], 1, {
    seam: SEAM,
    epoch: 2,
    legacy: LEGACY,
    candidate: CANDIDATE,
    request: { method: 'GET', target: '/orders/7', headers: [], isComplete: true },
    ...over,
  });

let bench: ControlBench;
const started = async (...args: Parameters<typeof ControlBench.start>): Promise<void> => {
  bench = await ControlBench.start(...args);
};
beforeEach(() => started());
afterEach(() => bench.stop());
const seen = (over: Partial<StoredPair> = {}): Promise<void> =>
  bench.report({ signatures: [totalOff(), atOff()], pairs: [bothOff(over)] });
const accept = (...more: string[]) =>
  bench.run('diffs', 'accept', TOTAL, '--owner', 'grace', '--reason', 'as the law says', ...more);
const inDays = (days: number): string =>
  new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

describe('falsework diffs', () => {
  it('lists causes under their seam, most frequent first, with an example', async () => {
    await seen();
    const { exit, out } = await bench.run('diffs');
    expect(exit).toBe(0);
    const lines = out.split('\n');
    expect(lines[0]).toBe(SEAM);
    expect(lines[1]).toMatch(/^ {2}#\w{4} +29× {2}\$\.total +number +12\.5 → 12\.49 +explained/);
    expect(lines[2]).toMatch(/^ {2}#\w{4} +2× {2}\$\.at/);
  });

  it('says so when there are none, and gives the same keys as JSON', async () => {
    expect((await bench.run('diffs')).out).toMatch(
      /^No differences of this sort in epoch 2, which began .* ago; --all shows/,
    );
    expect((await bench.run('diffs', '--all')).out).toBe('No differences of this sort.\n');
    expect((await bench.run('diffs', '--json')).json).toEqual([{ causes: [], accepted: [] }]);
  });

  it('shows some of many, and how many more there are', async () => {
    await seen();
    const { out } = await bench.run('diffs', '--limit', '1');
    expect(out).toContain('and 1 more cause: --limit shows them');
  });

  it('keeps noise apart, and what is in another state', async () => {
    const noise = caused('1'.repeat(16), 1, {
      seam: SEAM,
      epoch: 2,
      isNoise: true,
      template: '$.requestId',
    });
    await bench.report({ signatures: [totalOff(), noise] });
    expect((await bench.run('diffs')).out).not.toContain('$.requestId');
    expect((await bench.run('diffs', '--noise')).out).toContain('$.requestId');
    expect((await bench.run('diffs', '--state', 'accepted')).out).toContain('No differences');
  });

  it('never lets what a service answered reach the terminal as a command to it', async () => {
    const [sample] = totalOff().samples;
    const samples = [{ ...sample, legacy: '\u001b]0;owned\u0007' } as never];
    await bench.report({ signatures: [totalOff({ samples })], pairs: [] });
    for (const args of [['diffs'], ['diffs', 'show', TOTAL]]) {
      const { out } = await bench.run(...args);
      expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
  });
});

describe('falsework diffs show', () => {
  it('shows one cause by as many digits as are needed, and both answers side by side', async () => {
    await seen();
    for (const id of [TOTAL.slice(0, 6), `#${TOTAL.slice(0, 6)}`, TOTAL.toUpperCase()]) {
      const { exit, out } = await bench.run('diffs', 'show', id);
      expect(exit).toBe(0);
      expect(out).toContain('GET /orders/7');
      expect(out).toMatch(/≠ +"total": 12\.5 +"total": 12\.49/);
    }
  });

  it('takes --json after its name: it is its own', async () => {
    await seen();
    const { json } = await bench.run('diffs', 'show', TOTAL, '--json');
    expect(json).toMatchObject([{ cause: { record: { id: TOTAL } }, pairs: [{ seam: SEAM }] }]);
  });

  it('says that no pair is kept where none is', async () => {
    await bench.report({ signatures: [totalOff()] });
    expect((await bench.run('diffs', 'show', TOTAL)).out).toContain('no pair of answers is kept');
  });

  it.each(['b', 'no-hex', '', '#', '0'.repeat(17)])('knows no cause %j: exit 2', async (id) => {
    const { exit, err } = await bench.run('diffs', 'show', id);
    expect(exit).toBe(2);
    expect(err).toContain('FW_CAUSE_UNKNOWN');
    expect(err).toContain('falsework diffs --all');
  });

  it('names those that it could be when the digits are too few: exit 2', async () => {
    const ids = ['a41f000000000001', 'a41f000000000002'];
    await bench.report({ signatures: ids.map((id) => caused(id, 1, { seam: SEAM })) });
    const { exit, err } = await bench.run('diffs', 'show', 'a41f');
    expect(exit).toBe(2);
    expect(err).toContain('FW_CAUSE_AMBIGUOUS');
    for (const id of ids) expect(err).toContain(`#${id}`);
    const { json } = await bench.run('diffs', 'show', 'a41f', '--json');
    expect(json).toMatchObject([{ error: { code: 'FW_CAUSE_AMBIGUOUS' } }]);
  });
});

describe('falsework diffs accept', () => {
  beforeEach(() => seen());

  it('shows the plan first, then does it, and every report lists it', async () => {
    const until = inDays(30);
    const plan = await accept('--until', until);
    expect(plan).toMatchObject({ exit: 0 });
    expect(plan.out).toContain('Nothing was changed. Add --execute to do it.');
    expect(plan.out).toContain(
      'costs: the evidence starts again: 100 comparisons of epoch 2 count no more',
    );
    expect(plan.out).toContain(`undo: free: \`falsework diffs reopen ${TOTAL}\``);
    expect((await bench.run('status')).out).not.toContain('accepted');
    const done = await accept('--until', until, '--execute');
    expect(done.exit).toBe(0);
    expect(done.out).toMatch(/^done orders: ada accepted #\w{4} \$\.total: as the law says/);
    for (const report of ['status', 'explain', 'diffs']) {
      const { out } = await bench.run(report);
      expect(out, report).toContain(`(until ${until}), grace owns it: as the law says`);
      expect(out, report).toMatch(/3[01] days left/);
    }
    const [status] = (await bench.run('status', '--json')).json;
    const accepted = [{ id: TOTAL, owner: 'grace', reason: 'as the law says', acceptedBy: 'ada' }];
    expect(status).toMatchObject({ migrations: [{ accepted }] });
    expect((await bench.run('diffs', '--json')).json).toMatchObject([{ accepted }]);
    expect((await bench.run('explain', '--json')).json).toMatchObject([{ accepted }]);
    expect((await bench.run('diffs', '--all', '--state', 'accepted')).out).toContain('$.total');
  });

  it('warns in its last week, and is renewed without a new epoch', async () => {
    await accept('--until', inDays(3), '--execute');
    expect((await bench.run('status')).out).toMatch(/^! accepted/m);
    const epochOf = async (): Promise<unknown> => {
      const [status] = (await bench.run('explain', '--json')).json as { epoch: unknown }[];
      return status?.epoch;
    };
    const before = await epochOf();
    const renewed = await accept('--until', inDays(60), '--execute');
    expect(renewed.out).toContain('renewed');
    expect(renewed.out).not.toContain('costs');
    expect(await epochOf()).toEqual(before);
    expect((await bench.run('status')).out).not.toMatch(/^!/m);
  });

  it.each(['tomorrow', '2027-02-30', '31.03.2027', '2027-3-31', ''])(
    'understands no date %j: exit 2, nothing asked',
    async (until) => {
      const { exit, err } = await accept('--until', until, '--execute');
      expect(exit).toBe(2);
      expect(err).toContain('FW_DATE');
      expect(err).toContain('2027-03-31');
    },
  );

  it.each([
    ['past', '2020-01-01'],
    ['beyond a year', inDays(400)],
  ])('is refused for a date that is %s: exit 3, nothing changed', async (_, until) => {
    const { exit, err } = await accept('--until', until, '--execute');
    expect(exit).toBe(3);
    expect(err).toContain('Nothing was changed.');
  });

  it('is refused where money is at stake', async () => {
    await bench.stop();
    await started(['orders'], strictForMoney(DEFAULT_POLICY));
    await seen();
    const { exit, err } = await accept('--until', inDays(30), '--execute');
    expect(exit).toBe(3);
    expect(err).toContain('about money');
  });

  it('is taken back by reopen, once', async () => {
    await accept('--until', inDays(30), '--execute');
    expect((await bench.run('diffs', 'reopen', TOTAL, '--execute')).exit).toBe(0);
    expect((await bench.run('status')).out).not.toContain('accepted');
    const again = await bench.run('diffs', 'reopen', TOTAL, '--execute', '--json');
    expect(again.exit).toBe(3);
    expect(again.json).toMatchObject([{ refusal: { code: 'not-accepted' } }]);
  });
});

describe('falsework diffs note', () => {
  it('is kept, shown, and replaced', async () => {
    await seen();
    const wrote = await bench.run(
      'diffs',
      'note',
      TOTAL,
      '--text',
      'rounds half down',
      '--owner',
      'grace',
    );
    expect(wrote).toMatchObject({ exit: 0 });
    expect((await bench.run('diffs')).out).toContain('“rounds half down”');
    expect((await bench.run('diffs', 'show', TOTAL)).out).toContain(
      'note      rounds half down (ada; grace looks after it)',
    );
    const { json } = await bench.run('diffs', 'note', TOTAL, '--text', 'fixed', '--json');
    expect(json).toEqual([{ id: TOTAL }]);
    expect((await bench.run('diffs')).out).not.toContain('rounds half down');
  });
});

describe('falsework diffs export', () => {
  it('writes every cause and every pair, one JSON document a line', async () => {
    await seen();
    const { exit, json } = await bench.run('diffs', 'export');
    expect(exit).toBe(0);
    expect(json).toMatchObject([
      { cause: { record: { id: TOTAL } } },
      { cause: { record: { id: AT } } },
      { pair: { legacy: LEGACY, candidate: CANDIDATE } },
    ]);
  });
});

describe('falsework rules', () => {
  beforeEach(() => seen());

  it('proposes the narrowest rule of each cause, or of one', async () => {
    const { exit, out } = await bench.run('rules', 'propose');
    expect(exit).toBe(0);
    expect(out).toContain('"rule":"tolerance","path":"$.total"');
    expect(out).toContain('"rule":"instant","path":"$.at"');
    expect((await bench.run('rules', 'propose', AT)).out).not.toContain('$.total');
    const { json } = await bench.run('rules', 'propose', '--json');
    expect(json).toMatchObject([{ proposals: [{ id: TOTAL }, { id: AT }] }]);
  });

  it('proposes in a form that can be tried as it is', async () => {
    bench.write('rules.yaml', (await bench.run('rules', 'propose', TOTAL, '--yaml')).out);
    const tried = await bench.run('rules', 'test', '--rules', 'rules.yaml', '--for', TOTAL);
    expect(tried).toMatchObject({ exit: 0, err: '' });
    expect(tried.out).toMatch(/\$\.total +number +1 of 1 excused\n/);
    expect(tried.out).toMatch(/\$\.at +string +0 of 1 excused\n/);
  });

  it('names what a rule would hide besides what it is meant for: exit 3', async () => {
    bench.write('rules.json', '[{"rule":"ignore","path":"$..*"}]');
    const args = ['rules', 'test', '--rules', 'rules.json', '--for', TOTAL];
    const tried = await bench.run(...args);
    expect(tried.exit).toBe(3);
    expect(tried.out).toMatch(/\$\.at .*HIDDEN: not what the rules are meant for/);
    const { json } = await bench.run(...args, '--json');
    expect(json).toMatchObject([
      {
        pairs: 1,
        results: [
          { id: TOTAL, excused: 1, isHidden: false },
          { id: AT, excused: 1, isHidden: true },
        ],
      },
    ]);
  });

  it('says that a rule does not reach what it is meant for: exit 1', async () => {
    bench.write('rules.json', '[{"rule":"ignore","path":"$.elsewhere"}]');
    const tried = await bench.run('rules', 'test', '--rules', 'rules.json', '--for', TOTAL);
    expect(tried.exit).toBe(1);
  });

  it('tries the rules of the configuration when no file is named', async () => {
    const sides = { legacy: 'http://127.0.0.1:1', candidate: 'http://127.0.0.1:2' };
    bench.configure({ guard: { ...sides, compare: [{ rule: 'ignore', path: '$.at' }] } });
    const { exit, out } = await bench.run('rules', 'test');
    expect(exit).toBe(0);
    expect(out).toMatch(/\$\.at +string +1 of 1 excused/);
  });

  it.each([
    ['that is not there', null, /ENOENT/],
    ['that is no YAML', '[{', /rules\.yaml/],
    ['with an alias bomb', 'a: &a [x]\nb: [*a]', /rules\.yaml/],
    ['that is no list', '{}', /list/],
    ['with a rule that there is not', '[{"rule":"forget","path":"$"}]', /forget|rule/],
  ])('refuses a file %s: exit 2', async (_, text, says) => {
    if (text !== null) bench.write('rules.yaml', text);
    const { exit, err } = await bench.run('rules', 'test', '--rules', 'rules.yaml');
    expect(exit).toBe(2);
    expect(err).toMatch(says);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it('knows no cause to be meant that there is not: exit 2', async () => {
    bench.write('rules.json', '[]');
    const tried = await bench.run('rules', 'test', '--rules', 'rules.json', '--for', 'bbbb');
    expect(tried.exit).toBe(2);
  });
});

describe('falsework replay', () => {
  const servers: Server[] = [];
  const answering = async (body: string): Promise<string> => {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(body);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const between = (legacy: string, candidate: string): void =>
    bench.configure({
      guard: { legacy, candidate, routes: { [SEAM]: { effects: 'none' } } },
    });

  it('says that it still differs, and where: exit 1', async () => {
    await seen();
    between(await answering(LEGACY), await answering(CANDIDATE));
    const { exit, out } = await bench.run('replay', TOTAL);
    expect(exit).toBe(1);
    expect(out).toContain('GET /orders/7  still differs');
    expect(out).toMatch(/\$\.total +number +12\.5 → 12\.49/);
    expect(out).toMatch(/: still differs\n$/);
  });

  it('says that both answer equally now: exit 0', async () => {
    await seen();
    between(await answering(LEGACY), await answering(LEGACY));
    expect(await bench.run('replay', TOTAL)).toMatchObject({ exit: 0 });
    const { json } = await bench.run('replay', TOTAL, '--json');
    expect(json).toEqual([
      {
        id: TOTAL,
        conclusion: 'equal now',
        replayed: [{ request: 'GET /orders/7', result: 'equal now', detail: '' }],
      },
    ]);
  });

  it('says that it differs in another way: exit 1', async () => {
    await seen();
    between(await answering(LEGACY), await answering(LEGACY.replace('7', '8')));
    const { exit, out } = await bench.run('replay', TOTAL);
    expect(exit).toBe(1);
    expect(out).toContain('differs otherwise');
  });

  it('takes two services that do not answer for no proof of anything: exit 1', async () => {
    await seen();
    between('http://127.0.0.1:1', 'http://127.0.0.1:2');
    const { exit, out } = await bench.run('replay', TOTAL);
    expect(exit).toBe(1);
    expect(out).toContain('neither side gave an answer');
    expect(out).toContain('it is not known whether it still differs');
  });

  it.each([
    ['that was in a process', { request: null }, 'there is no request'],
    [
      'that would write',
      { request: { method: 'POST', target: '/orders', headers: [], isComplete: true } },
      'POST is no read',
    ],
    [
      'that lost a secret',
      { request: { method: 'GET', target: '/orders/7', headers: [], isComplete: false } },
      'a secret was taken out',
    ],
  ])('asks nothing %s, and does not call that equal: exit 1', async (_, over, says) => {
    await seen(over);
    const asked: string[] = [];
    between(await answering(LEGACY), await answering(LEGACY));
    for (const server of servers) server.on('request', ({ url }) => asked.push(url ?? ''));
    const { exit, out } = await bench.run('replay', TOTAL);
    expect(exit).toBe(1);
    expect(out).toContain(says);
    expect(out).toContain('it is not known whether it still differs');
    expect(asked).toEqual([]);
  });

  it('needs to know where the services are: exit 2', async () => {
    await seen();
    const { exit, err } = await bench.run('replay', TOTAL);
    expect(exit).toBe(2);
    expect(err).toContain('FW_GUARD_NOT_CONFIGURED');
  });
});

describe('which migration is meant', () => {
  it('must be said when there are several: exit 2', async () => {
    await bench.stop();
    await started(['orders', 'ledger']);
    const unnamed = await bench.run('diffs');
    expect(unnamed.exit).toBe(2);
    expect(unnamed.err).toMatch(/ledger|orders/);
    expect((await bench.run('diffs', '--migration', 'ledger')).exit).toBe(0);
    expect((await bench.run('diffs', 'export', '--migration', 'ledger')).exit).toBe(0);
    const unknown = await bench.run('explain', '--migration', 'billing');
    expect(unknown.exit).toBe(2);
    expect(unknown.err).toContain('billing');
  });
});

describe('a step', () => {
  it('is refused with what is missing, on stderr, with exit 3', async () => {
    const { exit, out, err } = await bench.run('advance', '--execute');
    expect({ exit, out }).toEqual({ exit: 3, out: '' });
    expect(err).toMatch(/^refused .*Nothing was changed\./);
    expect(err).toMatch(/\? candidate is deployed and healthy/);
  });

  it('shows its plan with where it leads and what undo costs, and is done when told to', async () => {
    const plan = await bench.run('hold', '--reason', 'freeze', '--by', 'grace');
    expect(plan.out).toMatch(/^plan orders: .*freeze/);
    expect(plan.out).toContain('stands in inert, 0 % served by the candidate');
    expect(plan.out).toContain('undo: free: `falsework hold --resume`');
    const done = await bench.run('hold', '--reason', 'freeze', '--by', 'grace', '--execute');
    expect(done.out).toMatch(/^done orders: .*\(decision 3\)\./);
    expect((await bench.run('status')).out).toContain('on hold by grace: freeze');
    const { json } = await bench.run('decisions', '--json');
    expect(json).toMatchObject([
      { decisions: [{ action: 'kickoff' }, { action: 'epoch' }, { action: 'hold' }] },
    ]);
    expect((await bench.run('decisions', '--verify')).out).toContain('The log holds: 3 decisions');
  });
});

describe('a token', () => {
  it('that is missing or wrong is said so, with what it must allow: exit 1 or 2', async () => {
    bench.write('.falsework/token', 'wrong');
    const wrong = await bench.run('status');
    expect(wrong.exit).toBeGreaterThan(0);
    expect(wrong.err).toContain('FW_TOKEN_REFUSED');
    bench.write('.falsework/token', '');
    expect((await bench.run('status')).err).toContain('FW_TOKEN_MISSING');
  });
});
