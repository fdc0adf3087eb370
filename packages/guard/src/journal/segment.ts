import { crc32 } from 'node:zlib';
import { decodeRecord, type FoundRecord } from './record.ts';

export const SEGMENT_HEAD_BYTES = 20;
const MAGIC = 'FWJOURN1';
const NAME = /^segment-(\d{12})\.fwj$/;

export function segmentName(number: number): string {
  return `segment-${String(number).padStart(12, '0')}.fwj`;
}

/** The number in the name of a segment's file; `null` for any other file. */
export function segmentNumber(name: string): number | null {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

/**
 * What a segment begins with: its format, its number, so that files which a restore mixed up are
 * not taken for each other, and its salt.
 */
export function segmentHead(number: number, salt: number): Buffer {
  const head = Buffer.alloc(SEGMENT_HEAD_BYTES);
  head.write(MAGIC, 0, 'latin1');
  head.writeUInt32LE(number, 8);
  head.writeUInt32LE(salt, 12);
  head.writeUInt32LE(crc32(head.subarray(0, 16)), 16);
  return head;
}

/** What lies in a segment. */
export interface SegmentScan {
  /** `null` when not even the head is there. */
  readonly salt: number | null;
  readonly records: readonly FoundRecord[];
  /** Where the last sound record ends. What follows was being written when the process ended. */
  readonly soundBytes: number;
  /** Why the file cannot be trusted; `null` when it can, up to `soundBytes`. */
  readonly corruption: string | null;
}

/**
 * Reads a segment from its bytes. Only the newest segment may have a torn tail: an older one was
 * synced as a whole before its successor was begun. O(bytes).
 */
export function scanSegment(
  bytes: Buffer,
  segment: { readonly number: number; readonly isNewest: boolean },
): SegmentScan {
  const salt = saltOf(bytes, segment.number);
  if (salt === null) {
    // The newest one may only have been begun: its head is synced before any record is promised.
    const isBegun = segment.isNewest && bytes.byteLength <= SEGMENT_HEAD_BYTES;
    const corruption = isBegun ? null : 'it does not begin as this segment does';
    return { salt, records: [], soundBytes: 0, corruption };
  }
  const records: FoundRecord[] = [];
  let soundBytes = SEGMENT_HEAD_BYTES;
  for (;;) {
    const record = decodeRecord(bytes, soundBytes, salt);
    if (record === null) break;
    records.push(record);
    soundBytes += record.length;
  }
  const isWhole = soundBytes === bytes.byteLength;
  const corruption = isWhole ? null : corruptionAt(bytes, soundBytes, salt, segment.isNewest);
  return { salt, records, soundBytes, corruption };
}

function saltOf(bytes: Buffer, number: number): number | null {
  if (bytes.byteLength < SEGMENT_HEAD_BYTES) return null;
  const salt = bytes.readUInt32LE(12);
  const isHead = bytes.subarray(0, SEGMENT_HEAD_BYTES).equals(segmentHead(number, salt));
  return isHead ? salt : null;
}

function corruptionAt(
  bytes: Buffer,
  damagedAt: number,
  salt: number,
  isNewest: boolean,
): string | null {
  const damage = `the record at byte ${damagedAt} is damaged`;
  if (!isNewest) return `${damage}, and newer segments follow`;
  for (let at = damagedAt + 1; at < bytes.byteLength; at += 1) {
    // The salt decides nearly every place without a checksum, so this stays linear.
    const later = decodeRecord(bytes, at, salt);
    if (later !== null && later.batchStart > damagedAt) {
      return `${damage}, and what byte ${at} holds was only written once that record was durable`;
    }
  }
  return null;
}
