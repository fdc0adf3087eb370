import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRecord, type LogRecord, recordBytes } from './record.ts';
import {
  SEGMENT_HEAD_BYTES,
  scanSegment,
  segmentHead,
  segmentName,
  segmentNumber,
} from './segment.ts';

const SALT = 0xdecafbad;

/** A segment with groups of records, as the writer writes it. */
function segmentOf(groups: readonly (readonly LogRecord[])[], salt = SALT): Buffer {
  const parts = [segmentHead(7, salt)];
  let bytes = SEGMENT_HEAD_BYTES;
  for (const group of groups) {
    const into = Buffer.alloc(group.reduce((sum, record) => sum + recordBytes(record), 0));
    let offset = 0;
    for (const record of group) {
      offset = encodeRecord(record, { into, offset, salt, batchStart: bytes });
    }
    parts.push(into);
    bytes += into.byteLength;
  }
  return Buffer.concat(parts);
}

const record = (sequence: number, text = `payload of ${sequence}`): LogRecord => ({
  type: 1,
  sequence,
  payload: Buffer.from(text),
});
const newest = { number: 7, isNewest: true };
const sequencesOf = (bytes: Buffer): number[] =>
  scanSegment(bytes, newest).records.map(({ sequence }) => sequence);

describe('a segment', () => {
  it('gives back what was written, whatever it was', () => {
    const records = fc.array(
      fc.record({
        type: fc.integer({ min: 1, max: 255 }),
        sequence: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
        payload: fc.uint8Array({ maxLength: 200 }),
      }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(fc.array(records, { maxLength: 5 }), fc.nat(0xffffffff), (groups, salt) => {
        const bytes = segmentOf(groups, salt);
        const scan = scanSegment(bytes, newest);
        expect(scan).toMatchObject({ salt, soundBytes: bytes.byteLength, corruption: null });
        const read = scan.records.map(({ type, sequence, payload }) => ({
          type,
          sequence,
          payload: new Uint8Array(payload),
        }));
        expect(read).toEqual(groups.flat());
      }),
    );
  });

  it('cut anywhere loses the records behind the cut and no other', () => {
    const bytes = segmentOf([[record(1), record(2)], [record(3)]]);
    const ends = scanSegment(bytes, newest).records.map(({ offset, length }) => offset + length);
    for (let cut = SEGMENT_HEAD_BYTES; cut <= bytes.byteLength; cut += 1) {
      const scan = scanSegment(bytes.subarray(0, cut), newest);
      expect(scan.corruption).toBeNull();
      expect(scan.records).toHaveLength(ends.filter((end) => end <= cut).length);
    }
  });

  it('notices any single bit that flips', () => {
    const bytes = segmentOf([[record(1)], [record(2)]]);
    for (let bit = 0; bit < bytes.byteLength * 8; bit += 1) {
      const broken = Buffer.from(bytes);
      broken[bit >> 3] = (broken[bit >> 3] as number) ^ (1 << (bit & 7));
      const scan = scanSegment(broken, newest);
      expect(scan.corruption !== null || scan.records.length < 2).toBe(true);
    }
  });

  it('cuts a group of which an early page is missing and a later one is there', () => {
    const bytes = segmentOf([[record(1)], [record(2), record(3)]]);
    const [, second] = scanSegment(bytes, newest).records;
    bytes.fill(0, second?.offset, (second?.offset ?? 0) + (second?.length ?? 0));
    expect(sequencesOf(bytes)).toEqual([1]);
    expect(scanSegment(bytes, newest).corruption).toBeNull();
  });

  it('is refused when damage lies before a group that was begun after it was durable', () => {
    const bytes = segmentOf([[record(1)], [record(2)], [record(3)]]);
    const [, second] = scanSegment(bytes, newest).records;
    bytes.fill(0, second?.offset, (second?.offset ?? 0) + (second?.length ?? 0));
    expect(scanSegment(bytes, newest).corruption).toContain('was only written once');
  });

  it('is refused when it is cut and is not the newest', () => {
    const bytes = segmentOf([[record(1)]]);
    const older = { number: 7, isNewest: false };
    expect(scanSegment(bytes, older).corruption).toBeNull();
    expect(scanSegment(bytes.subarray(0, -1), older).corruption).toContain('newer segments');
  });

  it('takes a tail of zeros, which a crash leaves, for nothing written', () => {
    const bytes = Buffer.concat([segmentOf([[record(1)]]), Buffer.alloc(5_000)]);
    expect(sequencesOf(bytes)).toEqual([1]);
    expect(scanSegment(bytes, newest).corruption).toBeNull();
  });

  it('never takes a record that a caller sent in its body for one of its own', () => {
    const forged = segmentOf([[record(99)]], SALT + 1).subarray(SEGMENT_HEAD_BYTES);
    const bytes = segmentOf([[record(1)], [{ ...record(2), payload: forged }]]);
    // The record that carries it is torn off in its head, so that the search meets the body.
    const [, second] = scanSegment(bytes, newest).records;
    bytes.fill(0, second?.offset, (second?.offset ?? 0) + 12);
    expect(sequencesOf(bytes)).toEqual([1]);
    expect(scanSegment(bytes, newest).corruption).toBeNull();
  });

  it('that is another one’s file is refused', () => {
    const bytes = segmentOf([[record(1)]]);
    expect(scanSegment(bytes, { number: 8, isNewest: true }).corruption).toContain('begin');
  });

  it('of which not even the head is whole was begun only, if it is the newest', () => {
    for (let bytes = 0; bytes < SEGMENT_HEAD_BYTES; bytes += 1) {
      const begun = segmentHead(7, SALT).subarray(0, bytes);
      expect(scanSegment(begun, newest)).toMatchObject({ salt: null, corruption: null });
      expect(scanSegment(begun, { number: 7, isNewest: false }).corruption).not.toBeNull();
    }
  });

  it('has a name that sorts by its number and gives it back', () => {
    expect(segmentName(12)).toBe('segment-000000000012.fwj');
    expect(segmentNumber('segment-000000000012.fwj')).toBe(12);
    expect(segmentNumber('lock.sqlite')).toBeNull();
  });
});
