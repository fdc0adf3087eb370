import { fault } from '@falsework/core/errors';
import type { Entries } from './entries.ts';
import { decodeEvent } from './events.ts';
import { beginSegment, type OpenSegment } from './group-writer.ts';
import type { JournalFiles } from './journal-files.ts';
import { type SegmentScan, scanSegment, segmentName, segmentNumber } from './segment.ts';

/** A segment that is kept. */
export interface KeptSegment {
  readonly salt: number;
  bytes: number;
}

/** What was found in a journal's folder. */
export interface LoadedJournal {
  /** All segments, oldest first, the one that is written to among them. */
  readonly segments: Map<number, KeptSegment>;
  readonly current: OpenSegment;
  /** Bytes of records that a crash cut short; they had been promised to nobody. */
  readonly cutBytes: number;
}

/**
 * Reads all segments into `entries`, cuts a torn tail off the newest and opens it to go on. Rejects
 * with FW_JOURNAL_CORRUPT, and has then changed nothing. O(bytes on the disk), one segment in
 * memory at a time.
 */
export async function loadJournal(
  files: JournalFiles,
  folder: string,
  entries: Entries,
  newSalt: () => number,
): Promise<LoadedJournal> {
  const numbers = numbersOf(await files.list(), folder);
  const segments = new Map<number, KeptSegment>();
  const newest = numbers.at(-1);
  let cutBytes = 0;
  let tail: SegmentScan | null = null;
  for (const number of numbers) {
    const bytes = await files.read(segmentName(number));
    const scan = scanSegment(bytes, { number, isNewest: number === newest });
    if (scan.corruption !== null) throw corrupt(folder, number, scan.corruption);
    apply(scan, folder, number, entries);
    if (scan.salt !== null) segments.set(number, { salt: scan.salt, bytes: scan.soundBytes });
    cutBytes = bytes.byteLength - scan.soundBytes;
    tail = scan;
  }
  const current = await openCurrent(files, newest ?? null, tail, newSalt);
  segments.set(current.number, current);
  return { segments, current, cutBytes };
}

function numbersOf(names: readonly string[], folder: string): number[] {
  const numbers = names
    .map(segmentNumber)
    .filter((number) => number !== null)
    .sort((a, b) => a - b);
  for (const [i, number] of numbers.entries()) {
    const expected = (numbers[0] as number) + i;
    // They are removed oldest first, one durably after the other: a crash leaves no gap.
    if (number !== expected) throw corrupt(folder, expected, 'it is missing');
  }
  return numbers;
}

function apply(scan: SegmentScan, folder: string, number: number, entries: Entries): void {
  for (const record of scan.records) {
    const { sequence, offset, length } = record;
    try {
      entries.apply(sequence, decodeEvent(record), { segment: number, offset, length });
    } catch (error) {
      const because = `the record at byte ${offset} cannot be read: ${(error as Error).message}`;
      throw corrupt(folder, number, because);
    }
  }
}

async function openCurrent(
  files: JournalFiles,
  newest: number | null,
  tail: SegmentScan | null,
  newSalt: () => number,
): Promise<OpenSegment> {
  if (newest === null || tail === null) return beginSegment(files, 1, newSalt());
  if (tail.salt === null) {
    // It had only been begun, and holds nothing.
    await files.remove(segmentName(newest));
    return beginSegment(files, newest, newSalt());
  }
  const file = await files.resume(segmentName(newest), tail.soundBytes);
  return { number: newest, salt: tail.salt, file, bytes: tail.soundBytes };
}

function corrupt(folder: string, number: number, because: string): Error {
  return fault('FW_JOURNAL_CORRUPT', { folder, segment: segmentName(number), because });
}
