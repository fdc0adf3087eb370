import {
  appendFileSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { SimClock } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import {
  emptyFolder,
  faultyFiles,
  intentOf,
  journalIn,
  randomBytes,
  SMALL,
} from '../../test/journal-fixtures.ts';
import type { OutcomeKind } from './events.ts';
import { Journal } from './journal.ts';

const outcome = (kind: OutcomeKind) =>
  ({ type: 'outcome', at: 2, outcome: { kind, status: 200 } }) as const;
const fed = { type: 'fed', at: 3 } as const;
const dead = { type: 'dead', at: 3, attempts: 2, because: 'it answered 422' } as const;
const segmentsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith('segment-'))
    .sort();
const failing = async (doing: Promise<unknown>): Promise<unknown> =>
  doing.then(
    () => null,
    (error: { code?: unknown }) => error.code,
  );

describe('what a journal has taken', () => {
  it('is there after the process ended without a word, body and headers byte by byte', async () => {
    const folder = emptyFolder();
    const first = await journalIn(folder);
    const body = Buffer.from([0, 255, 10, 13, 0x7f, 0x80]);
    const { sequence } = await first.intend(intentOf({ body, key: null }));
    await first.close();
    const second = await journalIn(folder);
    expect(second.entries.get(sequence)).toMatchObject({ state: 'in-doubt', key: null });
    const read = await second.read(sequence);
    expect({ ...read, body: [...read.body] }).toEqual({
      ...intentOf({ key: null }),
      body: [...body],
    });
  });

  it('stands after reopening as it stood before', async () => {
    const folder = emptyFolder();
    const first = await journalIn(folder);
    const made = await Promise.all(
      ['a', 'b', 'c', 'd'].map((key) => first.intend(intentOf({ key }))),
    );
    const [a, b, c, d] = made.map(({ sequence }) => sequence) as [number, number, number, number];
    await first.note(a, outcome('applied'));
    await first.note(b, outcome('applied'));
    await first.note(b, fed);
    await first.note(c, outcome('applied'));
    await first.note(c, dead);
    await first.close();
    const second = await journalIn(folder);
    expect([a, b, c, d].map((n) => second.entries.get(n)?.state ?? 'over')).toEqual([
      'ready',
      'over',
      'dead',
      'in-doubt',
    ]);
    expect(second.entries.get(c)).toMatchObject({ attempts: 2, because: 'it answered 422' });
  });

  it('lies in files that only their owner may read', async () => {
    const folder = join(emptyFolder(), 'made', 'here');
    const journal = await journalIn(folder);
    await journal.intend(intentOf());
    for (const name of readdirSync(folder)) {
      expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
    }
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('is never handed out before it is on the disk', async () => {
    const folder = emptyFolder();
    const { files, faults } = await faultyFiles(folder);
    const journal = await journalIn(folder, { files });
    const releases: (() => void)[] = [];
    faults.holdSync = (release) => releases.push(release);
    let isTaken = false;
    const taking = journal.intend(intentOf()).then(() => {
      isTaken = true;
    });
    while (releases.length === 0) await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(isTaken).toBe(false);
    faults.holdSync = null;
    releases[0]?.();
    await taking;
  });

  it('shares one sync with everything that came meanwhile', async () => {
    const journal = await journalIn(emptyFolder(), { bytesMax: 10_000_000 });
    await Promise.all(Array.from({ length: 20 }, () => journal.intend(intentOf())));
    // 20 records of about 220 bytes: one group, but for the turn in which the first one left.
    expect(journal.usage()).toMatchObject({ records: 20 });
    expect(journal.usage().groups).toBeLessThanOrEqual(3);
  });
});

describe('after a crash', () => {
  it('a torn tail is cut, and writing goes on behind what is sound', async () => {
    const folder = emptyFolder();
    const first = await journalIn(folder);
    await first.intend(intentOf());
    await first.close();
    const [name] = segmentsIn(folder);
    appendFileSync(join(folder, name as string), Buffer.from('half a rec'));
    const second = await journalIn(folder);
    expect(second.cutBytes).toBe(10);
    await second.intend(intentOf());
    await second.close();
    const third = await journalIn(folder);
    expect([third.cutBytes, third.entries.size]).toEqual([0, 2]);
  });

  it('a segment that was only begun is begun again', async () => {
    const folder = emptyFolder();
    const first = await journalIn(folder);
    await first.intend(intentOf());
    await first.close();
    writeFileSync(join(folder, 'segment-000000000002.fwj'), 'FWJ');
    const second = await journalIn(folder);
    await second.intend(intentOf());
    await second.close();
    expect((await journalIn(folder)).entries.size).toBe(2);
  });

  it('damage in what was durable is refused, and nothing is changed', async () => {
    const folder = emptyFolder();
    const first = await journalIn(folder);
    await first.intend(intentOf());
    await first.intend(intentOf());
    await first.close();
    const path = join(folder, segmentsIn(folder)[0] as string);
    const bytes = readFileSync(path);
    bytes.fill(7, 40, 60);
    writeFileSync(path, bytes);
    expect(await failing(journalIn(folder))).toBe('FW_JOURNAL_CORRUPT');
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('a missing segment in the middle is refused', async () => {
    const folder = emptyFolder();
    const first = await journalIn(folder);
    for (let i = 0; i < 60; i += 1) await first.intend(intentOf());
    await first.close();
    const names = segmentsIn(folder);
    expect(names.length).toBeGreaterThan(2);
    unlinkSync(join(folder, names[1] as string));
    expect(await failing(journalIn(folder))).toBe('FW_JOURNAL_CORRUPT');
  });
});

describe('a folder', () => {
  it('belongs to one journal at a time, and is free once that is closed', async () => {
    const folder = emptyFolder();
    const first = await journalIn(folder);
    expect(await failing(journalIn(folder))).toBe('FW_JOURNAL_LOCKED');
    await first.close();
    await journalIn(folder);
  });

  it('is free again when it could not be read', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'segment-000000000001.fwj'), 'something else, longer than a head');
    expect(await failing(journalIn(folder))).toBe('FW_JOURNAL_CORRUPT');
    unlinkSync(join(folder, 'segment-000000000001.fwj'));
    await journalIn(folder);
  });
});

describe('a journal that fills up', () => {
  it('refuses new writes before its limit, and never the end of one', async () => {
    const folder = emptyFolder();
    const journal = await journalIn(folder);
    const taken: number[] = [];
    let refusal: unknown = null;
    while (refusal === null) {
      refusal =
        (await journal.intend(intentOf({ body: Buffer.alloc(500) })).then(
          ({ sequence }) => void taken.push(sequence),
          (error: { code: string }) => error.code,
        )) ?? null;
    }
    expect(refusal).toBe('FW_JOURNAL_FULL');
    expect(journal.usage().bytesOnDisk).toBeLessThanOrEqual(SMALL.bytesMax * 0.9);
    for (const sequence of taken) await journal.note(sequence, outcome('applied'));
    for (const sequence of taken) await journal.note(sequence, fed);
    await journal.removeFinished();
    expect(journal.refusal()).toBeNull();
    expect(journal.usage()).toMatchObject({ entries: 0, removalFault: null });
    expect(journal.usage().segments).toBe(1);
  });

  it('refuses new writes while too many are unfinished', async () => {
    const journal = await journalIn(emptyFolder(), { entriesMax: 2 });
    await journal.intend(intentOf());
    await journal.intend(intentOf());
    await expect(journal.intend(intentOf())).rejects.toThrow(/2 of 2 writes/);
  });

  it('refuses new writes before the disk is full', async () => {
    const folder = emptyFolder();
    const { files, faults } = await faultyFiles(folder);
    faults.freeBytes = 1_000_000;
    const options = { files, diskFreeBytesMin: 999_000 };
    const journal = await journalIn(folder, options);
    await journal.intend(intentOf());
    expect(await failing(journal.intend(intentOf({ body: Buffer.alloc(900) })))).toBe(
      'FW_JOURNAL_FULL',
    );
  });

  it('is not kept from shrinking by one dead letter, which survives', async () => {
    const folder = emptyFolder();
    const journal = await journalIn(folder);
    const { sequence } = await journal.intend(intentOf({ key: 'poison' }));
    await journal.note(sequence, outcome('applied'));
    await journal.note(sequence, dead);
    for (let i = 0; i < 300; i += 1) {
      const other = await journal.intend(intentOf({ key: `k${i}`, body: Buffer.alloc(300) }));
      await journal.note(other.sequence, outcome('refused'));
      if (i % 10 === 0) await journal.removeFinished();
    }
    expect(segmentsIn(folder)).not.toContain('segment-000000000001.fwj');
    await journal.close();
    const again = await journalIn(folder);
    expect(again.entries.size).toBe(1);
    expect(again.entries.get(sequence)).toMatchObject({ state: 'dead', attempts: 2 });
    expect((await again.read(sequence)).key).toBe('poison');
  });
});

describe('a disk that fails', () => {
  it.each([
    ['in a write', { breakWriteAfter: 30 }],
    ['in a sync', { failSync: true }],
  ])('%s ends the journal: nothing is promised any more', async (_where, fault) => {
    const folder = emptyFolder();
    const { files, faults } = await faultyFiles(folder);
    const journal = await journalIn(folder, { files });
    const kept = await journal.intend(intentOf({ key: 'kept' }));
    Object.assign(faults, fault);
    expect(await failing(journal.intend(intentOf()))).toBe('FW_JOURNAL_FAILED');
    // Trying again may succeed although the data is lost, so it is not tried.
    Object.assign(faults, { breakWriteAfter: null, failSync: false });
    expect(await failing(journal.intend(intentOf()))).toBe('FW_JOURNAL_FAILED');
    expect(await failing(journal.note(kept.sequence, outcome('applied')))).toBe(
      'FW_JOURNAL_FAILED',
    );
    await journal.close();
    const again = await journalIn(folder);
    expect(again.entries.get(kept.sequence)).toMatchObject({ key: 'kept', state: 'in-doubt' });
  });

  it('never has its errors, or what callers sent, in a message together', async () => {
    const folder = emptyFolder();
    const { files, faults } = await faultyFiles(folder);
    const journal = await journalIn(folder, { files });
    faults.failSync = true;
    const secret = intentOf({ body: Buffer.from('s3cr3t'), headers: ['Authorization', 's3cr3t'] });
    await expect(journal.intend(secret)).rejects.toThrow(/EIO/);
    await expect(journal.intend(secret)).rejects.not.toThrow(/s3cr3t/);
  });
});

describe('an end', () => {
  it('that does not fit changes nothing', async () => {
    const journal = await journalIn(emptyFolder());
    const { sequence } = await journal.intend(intentOf());
    expect(await journal.note(sequence, fed)).toBe(false);
    expect(await journal.note(sequence + 1, outcome('applied'))).toBe(false);
    expect(await journal.note(sequence, outcome('unsent'))).toBe(true);
    await expect(journal.read(sequence)).rejects.toThrow(/no entry/);
  });

  it('that nobody waits for goes to the disk with the next group, or a moment later', async () => {
    const clock = new SimClock();
    const folder = emptyFolder();
    const journal = await journalIn(folder, { clock, lingerMs: 50 });
    const { sequence } = await journal.intend(intentOf());
    const { groups } = journal.usage();
    const noting = journal.note(sequence, outcome('applied'), { isUrgent: false });
    await clock.advance(49);
    expect(journal.usage().groups).toBe(groups);
    await clock.advance(1);
    await noting;
    expect(journal.usage().groups).toBe(groups + 1);
  });
});

describe('the limits', () => {
  it.each([
    { bytesMax: 1.5 },
    { entriesMax: 0 },
    { segmentBytes: 2 ** 31 },
    { bytesMax: SMALL.segmentBytes },
    { lingerMs: -1 },
  ])('%o are refused', async (wrong) => {
    expect(await failing(journalIn(emptyFolder(), wrong))).toBe('FW_GUARD_OPTION');
  });

  it('have defaults', async () => {
    const options = { folder: emptyFolder(), clock: new SimClock(), randomBytes };
    const journal = await Journal.open({ ...options, diskFreeBytesMin: 0 });
    await journal.intend(intentOf());
    await journal.close();
    expect(await failing(journal.intend(intentOf()))).toBe('FW_JOURNAL_CLOSED');
  });
});
