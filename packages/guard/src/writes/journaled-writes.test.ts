import { cpSync } from 'node:fs';
import { SimClock } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import { emptyFolder, faultyFiles } from '../../test/journal-fixtures.ts';
import {
  advanceUntil,
  type Bench,
  benchIn,
  FakeSide,
  pass,
  writeOf,
} from '../../test/write-fixtures.ts';
import type { WriteTicket } from './journaled-writes.ts';

const settled = (bench: Bench): Promise<void> =>
  advanceUntil(bench.clock, () => bench.journal.entries.size === 0, 'everything is over');
const codeOf = (doing: Promise<unknown>): Promise<unknown> =>
  doing.then(
    () => null,
    (error: { code?: unknown }) => error.code,
  );

describe('a write', () => {
  it('reaches the follower once the authority has applied it, with the same key', async () => {
    const bench = await benchIn(emptyFolder());
    expect(await pass(bench, writeOf('a'))).toBe(201);
    await settled(bench);
    expect(bench.follower.attempts).toEqual(bench.authority.attempts);
  });

  it.each([400, 401, 404, 409, 422, 429])(
    'that the authority refuses with %i is not fed',
    async (status) => {
      const bench = await benchIn(emptyFolder());
      bench.authority.next.push(status);
      await pass(bench, writeOf('a'));
      await settled(bench);
      expect(bench.follower.attempts).toEqual([]);
      expect(bench.authority.attempts).toHaveLength(1);
    },
  );

  it('that certainly never reached the authority is over, and not fed', async () => {
    const bench = await benchIn(emptyFolder());
    const ticket = await bench.writes.begin(writeOf('a'));
    await ticket.failed({ isSent: false });
    await settled(bench);
    expect([bench.authority.attempts, bench.follower.attempts]).toEqual([[], []]);
  });

  it('counts its first end only', async () => {
    const bench = await benchIn(emptyFolder());
    const ticket = await bench.writes.begin(writeOf('a'));
    await ticket.answered(404, null);
    await ticket.answered(201, null);
    await ticket.failed({ isSent: true });
    await settled(bench);
    expect(bench.follower.attempts).toEqual([]);
  });

  it('means what its route declares that a status means', async () => {
    const declaredOutcome = (_route: string, status: number) =>
      status === 500 ? ('refused' as const) : null;
    const bench = await benchIn(emptyFolder(), { declaredOutcome });
    bench.authority.next.push(500);
    await pass(bench, writeOf('a'));
    await settled(bench);
    expect(bench.authority.attempts).toHaveLength(1);
  });

  it('is not begun when the journal has no room, and nothing is sent', async () => {
    const bench = await benchIn(emptyFolder(), { journalOptions: { entriesMax: 1 } });
    await bench.writes.begin(writeOf('a', { key: 'a' }));
    expect(await codeOf(bench.writes.begin(writeOf('b', { key: 'b' })))).toBe('FW_JOURNAL_FULL');
    expect(bench.writes.figures.keysTaken).toBe(1);
  });

  it('is answered to the caller though the journal has failed meanwhile', async () => {
    const folder = emptyFolder();
    const { files, faults } = await faultyFiles(folder);
    const bench = await benchIn(folder, { journalOptions: { files } });
    const ticket = await bench.writes.begin(writeOf('a', { canReplay: false }));
    faults.failSync = true;
    await ticket.answered(201, null);
    expect(await codeOf(bench.writes.begin(writeOf('b', { key: 'b' })))).toBe('FW_JOURNAL_FAILED');
  });
});

describe('the answer to the caller', () => {
  const held = async (canReplay: boolean): Promise<boolean> => {
    const folder = emptyFolder();
    const { files, faults } = await faultyFiles(folder);
    const bench = await benchIn(folder, { journalOptions: { files } });
    const ticket = await bench.writes.begin(writeOf('a', { canReplay }));
    const releases: (() => void)[] = [];
    faults.holdSync = (release) => releases.push(release);
    let isAnswered = false;
    const answering = ticket.answered(201, null).then(() => {
      isAnswered = true;
    });
    while (releases.length === 0) await new Promise(setImmediate);
    const wasAnsweredFirst = isAnswered;
    faults.holdSync = null;
    releases[0]?.();
    await answering;
    return wasAnsweredFirst;
  };

  it('does not wait for the disk where a crash can be resolved by replaying', async () => {
    expect(await held(true)).toBe(true);
  });

  it('waits until its outcome is durable where it could not', async () => {
    expect(await held(false)).toBe(false);
  });
});

describe('writes on one key', () => {
  it('are under way at the authority one at a time, in the order in which they came', async () => {
    const bench = await benchIn(emptyFolder());
    const order: string[] = [];
    const begin = async (name: string): Promise<WriteTicket> => {
      const ticket = await bench.writes.begin(writeOf(name));
      order.push(name);
      return ticket;
    };
    const first = await begin('a');
    const others = [begin('b'), begin('c')];
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(order).toEqual(['a']);
    await first.answered(201, null);
    await (await (others[0] as Promise<WriteTicket>)).answered(201, null);
    await (await (others[1] as Promise<WriteTicket>)).answered(201, null);
    expect(order).toEqual(['a', 'b', 'c']);
    await settled(bench);
    expect(bench.follower.applied).toEqual(['a', 'b', 'c']);
  });

  it('do not wait for writes on other keys', async () => {
    const bench = await benchIn(emptyFolder());
    await bench.writes.begin(writeOf('a', { key: 'one' }));
    await bench.writes.begin(writeOf('b', { key: 'two' }));
    await bench.writes.begin(writeOf('c', { key: null }));
    await bench.writes.begin(writeOf('d', { key: null }));
  });

  it('do not wait for ever', async () => {
    const bench = await benchIn(emptyFolder(), { keyWaitMs: 100 });
    const first = await bench.writes.begin(writeOf('a'));
    const second = codeOf(bench.writes.begin(writeOf('b')));
    await bench.clock.advance(100);
    expect(await second).toBe('FW_WRITE_KEY_BUSY');
    await first.answered(201, null);
    expect(await pass(bench, writeOf('c'))).toBe(201);
  });

  it('are fed in order though the first has to be tried many times', async () => {
    const bench = await benchIn(emptyFolder());
    bench.follower.next.push('silent', 503, 'silent-after-applying', 500);
    for (const body of ['a', 'b', 'c']) await pass(bench, writeOf(body));
    await settled(bench);
    expect(bench.follower.applied).toEqual(['a', 'b', 'c']);
  });
});

describe('a write in doubt', () => {
  it.each(['silent', 'silent-after-applying', 500, 503] as const)(
    'after %s is repeated with its key until its end is known, and applied once',
    async (behaviour) => {
      const bench = await benchIn(emptyFolder());
      bench.authority.next.push(behaviour, 'silent', 409);
      await pass(bench, writeOf('a'));
      await settled(bench);
      expect(bench.authority.applied).toEqual(['a']);
      expect(bench.follower.applied).toEqual(['a']);
      expect(new Set(bench.authority.attempts.map(({ key }) => key)).size).toBe(1);
    },
  );

  it('is not overtaken by a later write on its key', async () => {
    const bench = await benchIn(emptyFolder());
    bench.authority.next.push('silent', 'silent');
    await pass(bench, writeOf('old'));
    const later = pass(bench, writeOf('new'));
    await settled(bench);
    expect(await later).toBe(201);
    expect(bench.authority.applied).toEqual(['old', 'new']);
    expect(bench.follower.applied).toEqual(['old', 'new']);
  });

  it('is never repeated where its route does not declare it idempotent', async () => {
    const bench = await benchIn(emptyFolder());
    bench.authority.next.push('silent');
    await pass(bench, writeOf('a', { canReplay: false }));
    await advanceUntil(bench.clock, () => bench.debts.length === 1, 'it is listed');
    expect(bench.authority.attempts).toHaveLength(1);
    expect(bench.writes.debts.summary().byRoute).toMatchObject([{ state: 'listed', count: 1 }]);
    expect(bench.debts).toHaveLength(1);
  });

  it('keeps its key for as long as the authority may still be at it', async () => {
    const bench = await benchIn(emptyFolder());
    bench.authority.next.push('silent');
    await pass(bench, writeOf('a', { canReplay: false }));
    const later = pass(bench, writeOf('b'));
    await bench.clock.advance(999);
    expect(bench.authority.attempts).toHaveLength(1);
    await bench.clock.advance(1);
    expect(await later).toBe(201);
    const repeated = pass(
      bench,
      writeOf('c', { idempotencyKey: bench.authority.attempts[0]?.key ?? '' }),
    );
    expect(await repeated).toBe(201);
    expect(bench.writes.debts.list(1)).toMatchObject([{ waiting: 2, repeatedBy: [3] }]);
  });

  it('goes to a person when the authority never says what became of it, and the key goes on', async () => {
    const bench = await benchIn(emptyFolder());
    bench.authority.otherwise = 500;
    await pass(bench, writeOf('a'));
    const { debts } = bench.writes;
    await advanceUntil(bench.clock, () => debts.list(1).length === 1, 'it is listed');
    bench.authority.otherwise = 201;
    expect(await pass(bench, writeOf('b'))).toBe(201);
    // Not fed: nobody knows yet whether there is something before it.
    expect(bench.follower.attempts).toEqual([]);
    const [debt] = debts.list(1);
    expect(debt).toMatchObject({ state: 'listed', waiting: 1 });
    expect(debt?.because).toBe('the authority gave no clear answer to 5 attempts');
    const word = { by: 'ana', reason: 'not in its table', isApplied: false };
    expect(await debts.settle(debt?.sequence ?? 0, word)).toEqual({ done: true });
    await settled(bench);
    expect(bench.follower.applied).toEqual(['b']);
  });
});

describe('after a crash', () => {
  it('what had no outcome is repeated before anything new on its key begins', async () => {
    const folder = emptyFolder();
    const [authority, follower, clock] = [new FakeSide(), new FakeSide(), new SimClock()];
    const first = await benchIn(folder, { authority, follower, clock });
    await first.writes.begin(writeOf('old'));
    await first.journal.close();
    authority.next.push('silent');
    const second = await benchIn(folder, { authority, follower, clock });
    const later = pass(second, writeOf('new'));
    await settled(second);
    await later;
    expect(authority.applied).toEqual(['old', 'new']);
    expect(follower.applied).toEqual(['old', 'new']);
  });

  it('what the follower took, and was not noted, is fed again under the same key', async () => {
    const folder = emptyFolder();
    const [authority, follower, clock] = [new FakeSide(), new FakeSide(), new SimClock()];
    const first = await benchIn(folder, {
      authority,
      follower,
      clock,
      journalOptions: { lingerMs: 60_000 },
    });
    await pass(first, writeOf('a'));
    await advanceUntil(clock, () => follower.applied.length === 1, 'it is fed');
    // The journal is left as a crash leaves it: what was not written yet is not written.
    const copy = emptyFolder();

    cpSync(folder, copy, { recursive: true, filter: (path) => !path.includes('lock') });
    const second = await benchIn(copy, { authority, follower, clock });
    await settled(second);
    expect(follower.attempts).toHaveLength(2);
    expect(follower.applied).toEqual(['a']);
  });

  it('what is too old to be repeated goes to a person', async () => {
    const folder = emptyFolder();
    const clock = new SimClock();
    const first = await benchIn(folder, { clock });
    await first.writes.begin(writeOf('a'));
    await first.journal.close();
    await clock.advance(15 * 60_000 + 1);
    const second = await benchIn(folder, { clock });
    await second.writes.recovered();
    expect(second.authority.attempts).toEqual([]);
    expect(second.writes.debts.list(1)[0]?.because).toContain('older than the 900 s');
  });

  it('dead letters are still dead, and still hold up their key', async () => {
    const folder = emptyFolder();
    const clock = new SimClock();
    const first = await benchIn(folder, { clock, feeding: { attemptsMax: 1 } });
    first.follower.otherwise = 422;
    await pass(first, writeOf('a'));
    await advanceUntil(clock, () => first.debts.length === 1, 'it is dead');
    await pass(first, writeOf('b'));
    await first.writes.close();
    await first.journal.close();
    const second = await benchIn(folder, { clock });
    await clock.advance(60_000);
    expect(second.follower.attempts).toEqual([]);
    expect(second.writes.debts.summary().blocks).toBe(
      'Not settled: 1 write that the follower did not take.',
    );
  });
});

describe('a dead letter', () => {
  const deadBench = async (): Promise<Bench> => {
    const bench = await benchIn(emptyFolder(), { feeding: { attemptsMax: 3 } });
    bench.follower.otherwise = 422;
    await pass(bench, writeOf('a'));
    await pass(bench, writeOf('b'));
    await advanceUntil(bench.clock, () => bench.debts.length === 1, 'it is dead');
    return bench;
  };

  it('is one after the declared number of attempts, and blocks the gate', async () => {
    const bench = await deadBench();
    expect(bench.follower.attempts).toHaveLength(3);
    const { summary, list } = bench.writes.debts;
    expect(summary.call(bench.writes.debts)).toMatchObject({
      ready: 1,
      byRoute: [{ route: 'POST /entries', state: 'dead', count: 1 }],
      blocks: 'Not settled: 1 write that the follower did not take.',
    });
    const [debt] = list.call(bench.writes.debts, 10);
    expect(debt).toMatchObject({ attempts: 3, waiting: 1, because: 'it answered 422' });
  });

  it('holds up its own key and no other', async () => {
    const bench = await deadBench();
    bench.follower.otherwise = 201;
    await pass(bench, writeOf('c', { key: 'other' }));
    await advanceUntil(bench.clock, () => bench.follower.applied.length === 1, 'the other is fed');
    expect(bench.follower.applied).toEqual(['c']);
  });

  it('is fed again when a person says so, and what waits goes on behind it', async () => {
    const bench = await deadBench();
    bench.follower.otherwise = 201;
    const [debt] = bench.writes.debts.list(1);
    expect(await bench.writes.debts.retry(debt?.sequence ?? 0, 'ana')).toEqual({ done: true });
    await settled(bench);
    expect(bench.follower.applied).toEqual(['a', 'b']);
    expect(bench.writes.debts.summary().blocks).toBeNull();
  });

  it('is given up for a reason only, and what waits goes on', async () => {
    const bench = await deadBench();
    bench.follower.otherwise = 201;
    const { debts } = bench.writes;
    const sequence = debts.list(1)[0]?.sequence ?? 0;
    expect(await debts.discard(sequence, { by: 'ana', reason: ' ' })).toHaveProperty('refused');
    expect(await debts.discard(sequence, { by: 'ana', reason: 'test data' })).toEqual({
      done: true,
    });
    await settled(bench);
    expect(bench.follower.applied).toEqual(['b']);
  });

  it('refuses orders that do not fit, and changes nothing', async () => {
    const bench = await deadBench();
    const { debts } = bench.writes;
    const word = { by: 'ana', reason: 'why not' };
    expect(await debts.retry(99, 'ana')).toEqual({ refused: 'There is no open write 99.' });
    expect(await debts.settle(1, { ...word, isApplied: true })).toEqual({
      refused: 'Write 1 is dead, not listed.',
    });
    expect(await debts.settle(1, { ...word, reason: '', isApplied: true })).toHaveProperty(
      'refused',
    );
    expect(await debts.discard(2, word)).toEqual({ refused: 'Write 2 is ready, not dead.' });
    expect(debts.list(10)).toHaveLength(1);
  });

  it('is not what an outage makes of a write, until the outage is too long', async () => {
    const bench = await benchIn(emptyFolder(), {
      feeding: { attemptsMax: 2, unavailableMsMax: 600_000 },
    });
    bench.follower.otherwise = 'silent';
    await pass(bench, writeOf('a'));
    await advanceUntil(bench.clock, () => bench.follower.attempts.length > 5, 'it was tried often');
    expect(bench.debts).toEqual([]);
    while (bench.debts.length === 0) {
      await bench.clock.advance(30_000);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(bench.writes.debts.list(1)[0]?.because).toBe('it did not answer (ECONNRESET)');
  });
});

describe('feeding', () => {
  it('keeps to its bound, and serves every key', async () => {
    let underWay = 0;
    let most = 0;
    const follower = new FakeSide();
    const bench = await benchIn(emptyFolder(), {
      follower,
      feeding: { concurrency: 3 },
      sendToFollower: async (write) => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setTimeout(resolve, 1));
        underWay -= 1;
        return follower.send(write);
      },
    });
    await Promise.all(
      Array.from({ length: 30 }, (_, i) => pass(bench, writeOf(`${i}`, { key: `k${i % 10}` }))),
    );
    await settled(bench);
    expect(most).toBe(3);
    expect(follower.applied).toHaveLength(30);
  });

  it('begins nothing more once it is closed, and loses nothing', async () => {
    const folder = emptyFolder();
    const first = await benchIn(folder);
    first.follower.otherwise = 'silent';
    await pass(first, writeOf('a'));
    await first.writes.close();
    const before = first.follower.attempts.length;
    await first.clock.advance(60_000);
    expect(first.follower.attempts).toHaveLength(before);
    expect(await codeOf(first.writes.begin(writeOf('b')))).toBe('FW_JOURNAL_CLOSED');
    await first.journal.close();
    const second = await benchIn(folder);
    await settled(second);
    expect(second.follower.applied).toEqual(['a']);
  });
});
