import { fault } from '@falsework/core/errors';
import type { Clock } from '@falsework/core/ports';
import type { JournalFiles } from './journal-files.ts';

/** How a journal is kept. */
export interface JournalOptions {
  /** A folder of its own, on a disk that survives the machine's restart; made when missing. */
  readonly folder: string;
  readonly clock: Clock;
  /** Bytes that nobody can predict: `crypto.randomFillSync` in production. */
  readonly randomBytes: (into: Uint8Array) => void;
  /** Writes are refused before the journal outgrows this. Default 1 GiB. */
  readonly bytesMax?: number;
  /** Writes are refused before more than this many are unfinished. Default 100,000. */
  readonly entriesMax?: number;
  /** Writes are refused while the disk has less room than this. Default 256 MiB. */
  readonly diskFreeBytesMin?: number;
  /** A segment is closed when it is as long as this. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** How long a record that nobody waits for may wait for company. Default 50 ms. */
  readonly lingerMs?: number;
  /** The file system; another one only in tests. */
  readonly files?: JournalFiles;
}

/** The limits of a journal, every one given. */
export interface JournalLimits {
  readonly bytesMax: number;
  readonly entriesMax: number;
  readonly diskFreeBytesMin: number;
  readonly segmentBytes: number;
  readonly lingerMs: number;
}

const MIB = 1_024 * 1_024;

const DEFAULTS: JournalLimits = {
  bytesMax: 1_024 * MIB,
  // About 600 bytes of memory each.
  entriesMax: 100_000,
  // Other things on the disk, such as the stores themselves, need room to come to rest.
  diskFreeBytesMin: 256 * MIB,
  segmentBytes: 64 * MIB,
  lingerMs: 50,
};

// Offsets in a segment are 32 bits, and a segment may outgrow its limit by one group.
const SEGMENT_BYTES_MAX = 1_024 * MIB;

/** The limits that were given or are the defaults. Throws FW_GUARD_OPTION. */
export function limitsOf(options: JournalOptions): JournalLimits {
  const limits: Record<keyof JournalLimits, number> = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof JournalLimits)[]) {
    const given = options[name];
    if (given !== undefined) limits[name] = given;
    const isZeroFine = name === 'diskFreeBytesMin' || name === 'lingerMs';
    check(name, limits[name], isZeroFine ? 0 : 1, Number.MAX_SAFE_INTEGER);
  }
  check('segmentBytes', limits.segmentBytes, 1, SEGMENT_BYTES_MAX);
  // With fewer than four segments hardly anything could be removed while something is unfinished.
  check('bytesMax', limits.bytesMax, limits.segmentBytes * 4, Number.MAX_SAFE_INTEGER);
  return limits;
}

function check(option: string, got: number, min: number, max: number): void {
  if (Number.isSafeInteger(got) && got >= min && got <= max) return;
  const expected = `a whole number from ${min} to ${max}`;
  throw fault('FW_GUARD_OPTION', { option: `journal.${option}`, got: String(got), expected });
}
