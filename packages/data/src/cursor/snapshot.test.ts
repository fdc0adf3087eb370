import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  covers,
  cutBelow,
  endedBetween,
  formatSnapshot,
  isVisible,
  parseSnapshot,
  type Snapshot,
  widenXid,
} from './snapshot.ts';

/** A history of transactions: each begins in the order of its number and ends whenever. */
const histories = fc.array(fc.boolean(), { minLength: 1, maxLength: 60 });

/** Two looks at one history, the second no earlier. Numbers begin at 100. */
const twoLooks = fc.tuple(histories, fc.infiniteStream(fc.nat(3))).map(([plan, choices]) => {
  const running: bigint[] = [];
  const looks: Snapshot[] = [];
  let next = 100n;
  const look = (): void => {
    const xip = [...running].sort((a, b) => (a < b ? -1 : 1));
    looks.push({ xmin: xip[0] ?? next, xmax: next, xip });
  };
  for (const [i, begins] of plan.entries()) {
    if (begins || running.length === 0) {
      running.push(next);
      next += 1n;
    } else {
      running.splice((choices.next().value ?? 0) % running.length, 1);
    }
    if (i === plan.length >> 1) look();
  }
  look();
  return { earlier: looks[0] as Snapshot, later: looks.at(-1) as Snapshot, end: next };
});

const upTo = (end: bigint): bigint[] =>
  Array.from({ length: Number(end - 98n) }, (_, i) => 99n + BigInt(i));

describe('a snapshot', () => {
  it('reads and prints the server’s own form', () => {
    for (const text of ['10:20:10,14,15', '7:7:', '18446744073709551000:18446744073709551615:']) {
      expect(formatSnapshot(parseSnapshot(text))).toBe(text);
    }
  });

  it.each(['', '1:2', '1:2:x', '1:2:3,', '-1:2:'])('refuses %j', (text) => {
    expect(() => parseSnapshot(text)).toThrow('Not a snapshot');
  });

  it('shows what is visible in it for as long as it is visible in a later one', () => {
    fc.assert(
      fc.property(twoLooks, ({ earlier, later, end }) => {
        expect(covers(later, earlier)).toBe(true);
        for (const xid of upTo(end)) {
          if (isVisible(xid, earlier)) expect(isVisible(xid, later)).toBe(true);
        }
      }),
    );
  });

  it('covers another exactly when nothing visible there is hidden here', () => {
    fc.assert(
      fc.property(twoLooks, ({ earlier, later, end }) => {
        const missing = upTo(end).some((xid) => isVisible(xid, later) && !isVisible(xid, earlier));
        expect(covers(earlier, later)).toBe(!missing);
      }),
    );
  });

  it('finds a whole window in the two ranges that the index is asked for', () => {
    fc.assert(
      fc.property(twoLooks, ({ earlier, later, end }) => {
        const late = endedBetween(earlier, later);
        for (const xid of upTo(end)) {
          const isInWindow = isVisible(xid, later) && !isVisible(xid, earlier);
          const isAsked = (xid >= earlier.xmax && xid < later.xmax) || late.includes(xid);
          expect(isAsked && isVisible(xid, later)).toBe(isInWindow);
        }
      }),
    );
  });

  it('cut short shows nothing that the whole does not show, and all of that below the cut', () => {
    fc.assert(
      fc.property(twoLooks, fc.nat(80), ({ later, end }, offset) => {
        const at = 99n + BigInt(offset);
        const part = cutBelow(later, at);
        for (const xid of upTo(end)) {
          expect(isVisible(xid, part)).toBe(
            isVisible(xid, later) && (xid < at || at >= later.xmax),
          );
        }
        expect(covers(later, part)).toBe(true);
      }),
    );
  });
});

describe('a number of which only the lower half is known', () => {
  it('is the one nearest to another of about the same time', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n << 33n, 1n << 60n),
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        (near, off) => {
          const xid = near + BigInt(off);
          expect(widenXid(Number(BigInt.asUintN(32, xid)) | 0, near)).toBe(xid);
        },
      ),
    );
  });
});
