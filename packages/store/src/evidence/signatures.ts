import {
  mergeSignatures,
  NOISY_PATHS_MAX,
  type NoisyPath,
  noisyPaths,
  SAMPLES_MAX,
  type SignatureRecord,
} from '@falsework/core/evidence';
import { formatCount } from '@falsework/core/text';
import { type Context, type Database, inPieces } from '../context.ts';
import { decode } from '../rows/codec.ts';
import { SIGNATURE } from '../rows/evidence-shapes.ts';
import { shortText, storedName } from '../rows/names.ts';

// A comparator that makes a cause of every request must not fill the store; nobody reads the
// ten-thousandth.
const SIGNATURES_MAX = 10_000;
// Examples come cut and redacted; this only keeps a plane of another version from sending whole
// bodies.
const EXAMPLE_LENGTH_MAX = 500;
const SHAPES_MAX = 20;
const STRATA_MAX = 40;
const HOURS_MAX = 48;

/** Where causes are counted that came after the limit: one record an epoch, never nothing. */
const OVERFLOW = {
  seam: '(all seams)',
  id: '0000000000000000',
  template: `(causes beyond the first ${formatCount(SIGNATURES_MAX)})`,
  kind: 'overflow',
  isNoise: false,
} as const;

/** Adds causes of differences to those of their epochs. */
export async function addSignatures(
  context: Context,
  records: readonly SignatureRecord[],
): Promise<void> {
  const groups = Map.groupBy(records.map(bounded), ({ epoch }) => epoch);
  for (const [epoch, group] of groups) await addToEpoch(context, epoch, group);
}

async function addToEpoch(
  context: Context,
  epoch: number,
  records: readonly SignatureRecord[],
): Promise<void> {
  const known = await load(context, epoch, records);
  const stored = known.size;
  let room = null;
  const changed = new Map<string, SignatureRecord>();
  for (const record of records) {
    let counted = record;
    if (!known.has(keyOf(record))) {
      room ??= SIGNATURES_MAX - (await countSignatures(context, epoch)) + stored;
      if (known.size >= room) counted = { ...record, ...OVERFLOW };
    }
    const key = keyOf(counted);
    const before = known.get(key);
    const merged = before ? mergeSignatures(before, counted) : counted;
    known.set(key, merged);
    changed.set(key, merged);
  }
  await save(context, [...changed.values()]);
}

/** Which causes are read: of one epoch, or of all. */
export interface SignatureRange {
  readonly epoch: number | null;
  readonly limit: number;
}

/**
 * Causes by how often they were seen, at most `limit`; of one epoch, or of all. Throws
 * `FW_STORE_CORRUPT`.
 */
export async function readSignatures(
  db: Database,
  migration: string,
  { epoch, limit }: SignatureRange,
): Promise<SignatureRecord[]> {
  const rows = await db
    .selectFrom('fw_signatures')
    .select(['migration', 'epoch', 'seam', 'id', 'record'])
    .where('migration', '=', migration)
    .$if(epoch !== null, (query) => query.where('epoch', '=', epoch as number))
    .orderBy('count', 'desc')
    .orderBy('epoch', 'desc')
    .orderBy('seam')
    .orderBy('id')
    .orderBy('is_noise')
    .limit(limit)
    .execute();
  return rows.map(readRecord);
}

/**
 * Causes that were written in an addition after this one, in any order: asked for an order, SQLite
 * walks through all causes in it. Throws `FW_STORE_CORRUPT`.
 */
export async function readChangedSignatures(
  db: Database,
  migration: string,
  { epoch, after }: { readonly epoch: number | null; readonly after: number },
): Promise<SignatureRecord[]> {
  const rows = await db
    .selectFrom('fw_signatures')
    .select(['migration', 'epoch', 'seam', 'id', 'record'])
    .where('migration', '=', migration)
    .where('revision', '>', after)
    .execute();
  return rows.filter((row) => epoch === null || row.epoch === epoch).map(readRecord);
}

/** How often causes were added to a migration so far. O(log causes). */
export async function lastRevision(db: Database, migration: string): Promise<number> {
  const row = await db
    .selectFrom('fw_signatures')
    .select('revision')
    .where('migration', '=', migration)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.revision ?? 0;
}

/** The noisiest causes of an epoch: where legacy differs from itself. Throws `FW_STORE_CORRUPT`. */
export async function readNoise(
  db: Database,
  migration: string,
  epoch: number,
): Promise<NoisyPath[]> {
  const rows = await db
    .selectFrom('fw_signatures')
    .selectAll()
    .where('migration', '=', migration)
    .where('epoch', '=', epoch)
    .where('is_noise', '=', 1)
    .orderBy('count', 'desc')
    .orderBy('id')
    .limit(NOISY_PATHS_MAX)
    .execute();
  return noisyPaths(rows.map(readRecord));
}

interface StoredRecord {
  readonly migration: string;
  readonly epoch: number;
  readonly seam: string;
  readonly id: string;
  readonly record: string;
}

function readRecord({ migration, epoch, seam, id, record }: StoredRecord): SignatureRecord {
  const name = { table: 'fw_signatures', key: [migration, epoch, seam, id], column: 'record' };
  return decode(record, SIGNATURE, name);
}

function bounded(record: SignatureRecord): SignatureRecord {
  const short = (text: string): string => shortText(text, EXAMPLE_LENGTH_MAX);
  return {
    ...record,
    seam: storedName(record.seam),
    id: storedName(record.id),
    template: short(record.template),
    kind: short(record.kind),
    shapes: record.shapes.slice(0, SHAPES_MAX).map(short),
    strata: record.strata.slice(0, STRATA_MAX).map(storedName),
    hours: record.hours.slice(-HOURS_MAX),
    samples: record.samples.slice(-SAMPLES_MAX).map((sample) => ({
      at: sample.at,
      path: short(sample.path),
      legacy: short(sample.legacy),
      candidate: short(sample.candidate),
      request: sample.request === null ? null : short(sample.request),
    })),
  };
}

async function load(
  { trx, migration }: Context,
  epoch: number,
  records: readonly SignatureRecord[],
): Promise<Map<string, SignatureRecord>> {
  const rows = await trx
    .selectFrom('fw_signatures')
    .selectAll()
    .where('migration', '=', migration)
    .where('epoch', '=', epoch)
    .where('seam', 'in', [OVERFLOW.seam, ...new Set(records.map(({ seam }) => seam))])
    .where('id', 'in', [OVERFLOW.id, ...new Set(records.map(({ id }) => id))])
    .execute();
  return new Map(rows.map(readRecord).map((record) => [keyOf(record), record]));
}

async function countSignatures({ trx, migration }: Context, epoch: number): Promise<number> {
  const { rows } = await trx
    .selectFrom('fw_signatures')
    .select(({ fn }) => fn.countAll<number>().as('rows'))
    .where('migration', '=', migration)
    .where('epoch', '=', epoch)
    .executeTakeFirstOrThrow();
  return rows;
}

async function save(
  { trx, migration }: Context,
  changed: readonly SignatureRecord[],
): Promise<void> {
  // Additions to one migration wait for one another, so a revision is never seen before the one
  // that precedes it.
  const last = await lastRevision(trx, migration);
  const rows = changed.map((record) => ({
    migration,
    epoch: record.epoch,
    seam: record.seam,
    id: record.id,
    count: record.count,
    is_noise: record.isNoise ? 1 : 0,
    record: JSON.stringify(record),
    revision: last + 1,
  }));
  await inPieces(rows, (piece) =>
    trx
      .insertInto('fw_signatures')
      .values(piece)
      .onConflict((conflict) =>
        conflict
          .columns(['migration', 'epoch', 'seam', 'id', 'is_noise'])
          .doUpdateSet(({ ref }) => ({
            count: ref('excluded.count'),
            record: ref('excluded.record'),
            revision: ref('excluded.revision'),
          })),
      )
      .execute(),
  );
}

function keyOf({ seam, id, isNoise }: Pick<SignatureRecord, 'seam' | 'id' | 'isNoise'>): string {
  return `${isNoise}\0${seam}\0${id}`;
}
