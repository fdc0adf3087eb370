import { z } from 'zod';
import { parseSize } from '../units/index.ts';
import { flag, type Leaf, leaf, section, textLeaf, whole } from './leaf.ts';
import { bodySize, timer, timerOrNone, wait } from './scalars.ts';

const folder = textLeaf({
  expects: 'the name of a folder',
  parse: (value) => (/^[^\0]{1,4096}$/.test(String(value)) ? String(value) : undefined),
});

const MIB = 1_048_576;

function sizeFrom(expects: string, min: number): Leaf<number> {
  return leaf({
    expects,
    parse: (value) => {
      const bytes = parseSize(value);
      return bytes !== undefined && bytes >= min ? bytes : undefined;
    },
  });
}

const count = (what: string, max: number): Leaf<number> =>
  whole(`${what}: a whole number from 1 to ${max}`, { min: 1, max });

/** The journal of writes to two separate stores. */
export const writes = section(
  {
    folder: folder
      .optional()
      .describe('On a disk that survives a restart. Left out: .falsework/writes/ and the name'),
    size: sizeFrom('a size from 1MiB', MIB)
      .prefault('1024MiB')
      .describe('Writes are refused before the journal outgrows this'),
    entries: count('a number of writes', 10_000_000)
      .prefault(100_000)
      .describe('Writes are refused before more than this many are unfinished'),
    diskFree: sizeFrom('a size from 0B', 0)
      .prefault('256MiB')
      .describe('Writes are refused while the disk has less room than this'),
    body: bodySize.prefault('1MiB').describe('The longest body of a write; 413 above it'),
    bodies: sizeFrom('a size from 1MiB', MIB)
      .prefault('64MiB')
      .describe('What all bodies of writes under way may take of memory; 503 above it'),
    keyWait: timer.prefault('5s').describe('How long a write waits for an earlier one on its key'),
    timeout: timer.prefault('30s').describe('How long a side may take for a write of ours'),
    concurrency: count('a number of keys', 10_000)
      .prefault(16)
      .describe('Keys that are fed at once'),
    deadLetter: section(
      {
        attempts: count('a number of attempts', 1_000)
          .prefault(8)
          .describe('After so many that the follower declined, a write is a dead letter'),
        outage: wait
          .prefault('1d')
          .describe('After so long without the follower, a write is a dead letter'),
      },
      '{ attempts, outage }',
    ).prefault({}),
    replayWithin: wait
      .prefault('15m')
      .describe('For how long the authority remembers keys: what is older is not asked for again'),
    quiet: timerOrNone
      .prefault('1s')
      .describe('How long a write that may not be asked for again keeps its key after a crash'),
  },
  'the journal of writes { folder, size, … }',
);

const kind = textLeaf({
  expects: 'the name of a kind of thing, such as order',
  parse: (value) => (/^[A-Za-z][\w.-]{0,62}$/.test(String(value)) ? String(value) : undefined),
});

const places = (what: string) => z.record(z.string(), kind, { error: what }).prefault({});
const JSON_PATHS = 'kinds by JSONPath, such as { "$.id": "order" }';

const placesByUse = section(
  {
    learn: places(JSON_PATHS),
    path: places('kinds by parameter, such as { id: "order" }'),
    query: places('kinds by parameter, such as { after: "order" }'),
    body: places(JSON_PATHS),
    answer: places(JSON_PATHS),
  },
  '{ learn, path, query, body, answer }',
);

/** Where identifiers stand that each side makes for itself. */
export const identifiers = named<typeof placesByUse>(
  placesByUse,
  'Where identifiers stand that each side makes for itself, and of which kind',
);

const outcomeByStatus = z.record(
  z.string(),
  z.enum(['applied', 'refused', 'unknown'], { error: 'applied, refused or unknown' }),
  { error: 'outcomes by status, such as { 500: refused }' },
);

/** What statuses of the authority mean, where that is not the usual. */
const outcomes = named<typeof outcomeByStatus>(
  outcomeByStatus,
  'What a status of the authority means: { 500: refused, 409: applied }',
);

/** Places and statuses are names of the user’s own, which editors are told nothing of. */
function named<Shape extends z.ZodType>(
  shape: Shape,
  description: string,
): z.ZodType<z.output<Shape>, z.input<Shape>> {
  const any = z.unknown().meta({ type: 'object', description });
  return any.pipe(shape as z.ZodType) as unknown as z.ZodType<z.output<Shape>, z.input<Shape>>;
}

/** What a route says of its writes. */
export const routeWrites = {
  idempotent: flag('whether a repeated key is answered without acting again')
    .optional()
    .describe('Whether the authority answers a repeated Idempotency-Key without acting again'),
  outcomes: outcomes.optional(),
  identifiers: identifiers.optional(),
  workflow: flag('whether workflows begin with it')
    .optional()
    .describe('Whether workflows begin with it, and stay on the side that answered'),
  shift: flag('whether its writes move with the share')
    .optional()
    .describe('Whether its writes move with the share, key by key, over a shared store'),
};

export type IdentifiersSection = z.output<typeof identifiers>;
