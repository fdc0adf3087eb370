// A plane that reports to a control as the guard of the demo does, and fills its store first.
import { AdminClient, connectToControl } from '@falsework/client';
import { ROUTES } from '@falsework/client/contract';
import { createComparator, signaturesOf } from '@falsework/core/compare';
import {
  EMPTY_TALLY,
  type EvidenceBatch,
  NO_VERDICTS,
  type SignatureRecord,
  SketchRecorder,
  type StoredPair,
  type Tally,
} from '@falsework/core/evidence';
import { systemClock, systemRandom } from '@falsework/system';

const SEAMS = ['GET /orders/{id}', 'GET /orders/{id}/invoice', 'GET /orders'];
const STRATA = ['retail', 'business'];
const HOUR_MS = 3_600_000;
const BATCH_CAUSES_MAX = 2_000;
const PAIRS = 200;

type Batch = Pick<EvidenceBatch, 'signatures' | 'pairs'> & { readonly matches: number };

/** The plane of the bench. */
export class ConsolePlane {
  readonly #client: AdminClient;
  readonly #link: ReturnType<typeof connectToControl>;
  #sequence = 0;
  #reported = 0;
  #timer: NodeJS.Timeout | null = null;
  #reporting: Promise<void> = Promise.resolve();

  constructor(to: { readonly url: string; readonly token: string }) {
    this.#client = new AdminClient(to);
    const host = { clock: systemClock, random: systemRandom };
    this.#link = connectToControl({ ...to, ...host, migration: 'orders' });
  }

  /** Batches that were sent. */
  get reported(): number {
    return this.#reported;
  }

  /** Fills the store: so many comparisons in slices of a thousand, and so many causes. */
  async fillStore({
    observations,
    causes,
  }: Record<'observations' | 'causes', number>): Promise<void> {
    for (let sent = 0; sent < observations; sent += 1_000) {
      await this.#report({ matches: 1_000, signatures: [], pairs: [] });
    }
    const pairs = Array.from({ length: PAIRS }, (_, i) => pairOf(Date.now() - i * 1_000, i));
    for (let from = 0; from < causes; from += BATCH_CAUSES_MAX) {
      const size = Math.min(BATCH_CAUSES_MAX, causes - from);
      const signatures = Array.from({ length: size }, (_, i) => causeAt(from + i));
      // A batch holds twenty pairs at most.
      const some = pairs.splice(0, 20);
      await this.#report({ matches: 0, signatures, pairs: some });
    }
  }

  /**
   * Reports as often as the demo's guard does, with as much: a few hundred comparisons a second,
   * and a handful of causes seen again.
   */
  start(everyMs: number): void {
    this.#timer = setInterval(() => {
      const at = (this.#sequence * 7) % 9_000;
      const signatures = [at, at + 1, at + 2].map((i) => causeAt(i));
      this.#reporting = this.#reporting.then(() =>
        this.#report({ matches: 60, signatures, pairs: [pairOf(Date.now(), at % PAIRS)] }),
      );
    }, everyMs);
  }

  /** Stops reporting. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#reporting;
  }

  async #report({ matches, signatures, pairs }: Batch): Promise<void> {
    const params = { migration: 'orders' };
    const status = await this.#client.call(ROUTES.migration, { params, query: {}, body: {} });
    const at = Date.now();
    const { ordinal } = status.epoch;
    const tally = tallyOf(Math.ceil(matches / SEAMS.length / STRATA.length));
    const builds = { legacyBuild: 'l1', candidateBuild: 'c1' };
    // Steps are numbered from one; this migration stays where it begins.
    const position = { epoch: ordinal, step: 1, ...builds };
    const strata = SEAMS.flatMap((seam) =>
      STRATA.map((stratum) => ({ seam, stratum, position, tally })),
    );
    const health = { at, isHealthy: true, because: null };
    this.#sequence += 1;
    this.#reported += 1;
    await this.#link.report({
      plane: 'guard-bench',
      sequence: this.#sequence,
      sentAt: at,
      snapshotVersion: status.version,
      strata: matches === 0 ? [] : strata,
      seams: [],
      signatures: signatures.map((record) => ({ ...record, epoch: ordinal })),
      pairs: pairs.map((pair) => ({ ...pair, epoch: ordinal })),
      health: [
        { side: 'legacy', build: 'l1', ...health },
        { side: 'candidate', build: 'c1', ...health },
      ],
      legacyHits: 0,
      legacyProbes: 1,
      retreat: null,
    });
  }
}

function tallyOf(matches: number): Tally {
  const latency = (middleMs: number) => {
    const recorder = new SketchRecorder();
    for (let i = 1; i <= 200; i += 1) recorder.record(middleMs * (0.4 + (i * i) / 20_000));
    return recorder.read();
  };
  return {
    ...EMPTY_TALLY,
    verdicts: { ...NO_VERDICTS, match: matches, mismatch: matches > 100 ? 1 : 0 },
    latency: { pairs: matches, slow: 0 },
    legacyLatency: latency(4),
    candidateLatency: latency(3),
  };
}

function causeAt(i: number): SignatureRecord {
  const at = Date.now() - i * 1_000;
  const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
  const request = `GET /orders/${i}`;
  const path = `$.lines[3].field${i}`;
  return {
    seam: SEAMS[i % SEAMS.length] ?? '',
    epoch: 1,
    id: (i + 1).toString(16).padStart(16, '0'),
    template: `$.lines[*].field${i}`,
    kind: i % 3 === 0 ? 'number' : 'string',
    isNoise: false,
    count: 1 + (i % 100),
    firstAt: at - 2 * HOUR_MS,
    lastAt: at,
    samples: Array.from({ length: 5 }, (_, n) => {
      return { at: at + n, path, legacy: '10.005', candidate: '10.01', request };
    }),
    shapes: ['number within 0.01 more'],
    strata: STRATA,
    hours: [
      [hour - 2 * HOUR_MS, 2],
      [hour - HOUR_MS, 5],
      [hour, 3],
    ],
  };
}

function pairOf(at: number, i: number): StoredPair {
  const lines = Array.from({ length: 20 }, (_, i) => ({ sku: `s${i}`, count: i }));
  const legacy = JSON.stringify({ id: at, [`total${i}`]: 10.005, city: 'Delft', lines });
  const candidate = JSON.stringify({ id: at, [`total${i}`]: 10, city: 'Delft', lines });
  const seam = SEAMS[0] ?? '';
  const ids = signaturesOf(createComparator().json(legacy, candidate), seam).map(({ id }) => id);
  const request = { method: 'GET', target: `/orders/${at}`, headers: [], isComplete: true };
  return { seam, epoch: 1, ids, at, request, format: 'json', legacy, candidate };
}
