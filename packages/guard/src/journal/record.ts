import { crc32 } from 'node:zlib';

/**
 * One record as it lies in a segment: a head of 24 bytes, then the payload.
 *
 * ```
 *  0        4       8      12     13           19  20           24
 *  | length | crc32 | salt | type | sequence   | 0 | batchStart | payload …
 * ```
 *
 * The checksum covers everything behind it. `salt` is the segment's own random number: what callers
 * send can then not be mistaken for a record, nor can what a disk block held before. `batchStart`
 * is where in the segment the group began that was written and synced together with this record. A
 * group is only begun when all before it is on the disk; so a sound record behind damage, whose
 * group began behind that damage too, proves that the damage is in what was once durable. That is
 * how a torn tail is told from a rotten disk.
 */
export interface LogRecord {
  readonly type: number;
  /** Which entry it is about; 48 bits. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** A record that was read back, and where it lies. */
export interface FoundRecord extends LogRecord {
  readonly offset: number;
  readonly length: number;
  readonly batchStart: number;
}

/** Where a record goes: `into` has room for it. */
export interface RecordPlace {
  readonly into: Buffer;
  readonly offset: number;
  readonly salt: number;
  readonly batchStart: number;
}

const RECORD_HEAD_BYTES = 24;

/** Bytes that the record takes in a segment. */
export function recordBytes(record: LogRecord): number {
  return RECORD_HEAD_BYTES + record.payload.byteLength;
}

/** Writes a record at `offset` of `into`. Returns where the next one begins. */
export function encodeRecord(record: LogRecord, place: RecordPlace): number {
  const { into, offset, salt, batchStart } = place;
  into.writeUInt32LE(record.payload.byteLength, offset);
  into.writeUInt32LE(salt, offset + 8);
  into.writeUInt8(record.type, offset + 12);
  into.writeUIntLE(record.sequence, offset + 13, 6);
  into.writeUInt8(0, offset + 19);
  into.writeUInt32LE(batchStart, offset + 20);
  into.set(record.payload, offset + RECORD_HEAD_BYTES);
  const end = offset + recordBytes(record);
  into.writeUInt32LE(crc32(into.subarray(offset + 8, end)), offset + 4);
  return end;
}

/** The sound record of this segment that begins at `offset`, or `null`. */
export function decodeRecord(bytes: Buffer, offset: number, salt: number): FoundRecord | null {
  if (offset + RECORD_HEAD_BYTES > bytes.byteLength) return null;
  if (bytes.readUInt32LE(offset + 8) !== salt) return null;
  const length = RECORD_HEAD_BYTES + bytes.readUInt32LE(offset);
  const end = offset + length;
  if (end > bytes.byteLength) return null;
  if (crc32(bytes.subarray(offset + 8, end)) !== bytes.readUInt32LE(offset + 4)) return null;
  return {
    type: bytes.readUInt8(offset + 12),
    sequence: bytes.readUIntLE(offset + 13, 6),
    batchStart: bytes.readUInt32LE(offset + 20),
    payload: bytes.subarray(offset + RECORD_HEAD_BYTES, end),
    offset,
    length,
  };
}
