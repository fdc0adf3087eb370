import type { SignatureRecord } from '@falsework/core/evidence';
import type { Database } from '../context.ts';
import {
  lastRevision,
  readChangedSignatures,
  readSignatures,
  type SignatureRange,
} from './signatures.ts';

// Ten thousand causes take 170 ms to read and check, and a console asks for them every second.
// Fewer than these are read in a few milliseconds.
const KEPT_FROM = 1_000;
// About 20 MB each. Two migrations, each with its present epoch and all of them.
const LISTS_MAX = 4;

interface KeptList {
  readonly revision: number;
  readonly records: readonly SignatureRecord[];
}

/**
 * Long lists of causes, kept decoded. Every read asks the database which causes were added to
 * since, whoever added to them, so that a list is never out of date; what did not change is handed
 * out as the same object as before.
 */
export class SignatureLists {
  // In the order in which they were last read.
  readonly #lists = new Map<string, KeptList>();

  /**
   * The same as {@link readSignatures}. The first read of a list is O(causes); later ones are
   * O(causes that changed × log causes), and one walk through the list. Throws `FW_STORE_CORRUPT`.
   */
  async read(db: Database, migration: string, range: SignatureRange): Promise<SignatureRecord[]> {
    if (range.limit < KEPT_FROM) return readSignatures(db, migration, range);
    const key = `${range.epoch} ${range.limit} ${migration}`;
    const kept = this.#lists.get(key);
    // Asked first: what is added between both questions is read now and once more, and not lost.
    const revision = await lastRevision(db, migration);
    const isKnown = kept !== undefined && kept.revision <= revision;
    const records = isKnown
      ? await this.#renewed(db, migration, { range, kept, revision })
      : await readSignatures(db, migration, range);
    this.#lists.delete(key);
    this.#lists.set(key, { revision, records });
    if (this.#lists.size > LISTS_MAX) this.#lists.delete(this.#lists.keys().next().value ?? '');
    return [...records];
  }

  async #renewed(
    db: Database,
    migration: string,
    { range, kept, revision }: { range: SignatureRange; kept: KeptList; revision: number },
  ): Promise<readonly SignatureRecord[]> {
    if (kept.revision === revision) return kept.records;
    const { epoch } = range;
    const changed = await readChangedSignatures(db, migration, { epoch, after: kept.revision });
    return merged(kept.records, changed, range);
  }
}

/**
 * Counts only grow, and no cause is taken away: whatever is among the first `limit` now was so
 * before, or has changed.
 */
function merged(
  before: readonly SignatureRecord[],
  changed: readonly SignatureRecord[],
  { limit }: SignatureRange,
): SignatureRecord[] {
  const renewed = new Set(changed.map(keyOf));
  const ids = new Set(changed.map(({ id }) => id));
  const list = before.filter((record) => !ids.has(record.id) || !renewed.has(keyOf(record)));
  // Few of many: looking for the place of each is far less than sorting them all.
  for (const record of changed) list.splice(placeIn(list, record), 0, record);
  return list.slice(0, limit);
}

/** Where in a list that is in order a record belongs. O(log n). */
function placeIn(list: readonly SignatureRecord[], record: SignatureRecord): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (inOrder(list[middle] as SignatureRecord, record) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function keyOf({ epoch, seam, id, isNoise }: SignatureRecord): string {
  return `${epoch}\0${isNoise}\0${seam}\0${id}`;
}

/** As the databases sort them. */
function inOrder(a: SignatureRecord, b: SignatureRecord): number {
  return (
    b.count - a.count ||
    b.epoch - a.epoch ||
    byBytes(a.seam, b.seam) ||
    byBytes(a.id, b.id) ||
    Number(a.isNoise) - Number(b.isNoise)
  );
}

/** JavaScript compares half characters, which sorts emoji before what comes after U+D7FF. */
function byBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
