import { join } from 'node:path';
import { SITE_FOLDER } from '@falsework/console';
import { type ManagedMigration, type RunningControl, startControl } from '@falsework/control';
import { createComparator, signaturesOf } from '@falsework/core/compare';
import {
  EMPTY_TALLY,
  type EvidenceBatch,
  NO_VERDICTS,
  type SignatureRecord,
  SketchRecorder,
  type StoredPair,
  type Verdict,
} from '@falsework/core/evidence';
import { passingData, QUICK_POLICY } from '@falsework/testkit';
import { pino } from 'pino';

/** The seams of the world. */
export const SEAM = 'GET /orders/{id}';
const RECEIPT = 'GET /orders/{id}/receipt';
const REPORT_EVERY_MS = 400;
const HOUR_MS = 3_600_000;

/** Tokens of the world, by role. */
export const TOKENS = { operator: 'operator-secret-of-the-world', viewer: 'viewer-secret-of-it' };

const QUICK = {
  ...QUICK_POLICY,
  mismatch: { rateMax: 1e-2, confidence: 0.95 },
  window: { comparisons: 200, cycleMs: 4_000 },
  soakMs: 0,
  // The second rung is never reached while a test looks at the first.
  ramp: { steps: [10, 100].map((percent) => ({ percent, cohorts: [] })), holdMs: HOUR_MS },
};
const WHOLE = { steps: [{ percent: 100, cohorts: [] }], holdMs: 0 };
const managed = (name: string, over: Partial<ManagedMigration> = {}): ManagedMigration => ({
  name,
  owner: 'payments',
  topology: 'shared',
  deleteBy: Date.now() + 60 * 24 * HOUR_MS,
  comparator: 'cmp-1',
  schema: '1',
  policy: QUICK,
  cohorts: {},
  ...over,
});

/** Both answers to one request, and the causes that a comparison finds between them. */
function pairOf(at: number): StoredPair {
  const lines = Array.from({ length: 20 }, (_, i) => ({ sku: `s${i}`, count: i }));
  const legacy = JSON.stringify({ id: 7, total: 10.005, city: 'Delft', lines });
  const candidate = JSON.stringify({ id: 7, total: 10, city: 'Delft', lines });
  const comparison = createComparator().json(legacy, candidate);
  const ids = signaturesOf(comparison, SEAM).map(({ id }) => id);
  const request = { method: 'GET', target: '/orders/7', headers: [], isComplete: true };
  return { seam: SEAM, epoch: 1, ids, at, request, format: 'json', legacy, candidate };
}

/** Control with its console, and a plane that reports as a guard does. */
export class ConsoleWorld {
  readonly #folder: string;
  #control: RunningControl | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;
  #sequence = 0;
  readonly pair = pairOf(Date.now());

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where the console is. */
  get url(): string {
    if (this.#control === null) throw new Error('Control is not running.');
    return this.#control.url;
  }

  /** The id of the cause that the stored pair shows. */
  get causeId(): string {
    return this.pair.ids[0] ?? '';
  }

  /** Starts control; with a port, where it was before. */
  async start(port = 0): Promise<void> {
    const late = { deleteBy: Date.now() - 12 * 24 * HOUR_MS };
    this.#control = await startControl({
      migrations: [
        managed('orders'),
        managed('ledger', { topology: 'separate', owner: 'books' }),
        // One rung, so that a person's word is the next thing that is missing.
        managed('search', { ...late, policy: { ...QUICK, ramp: WHOLE, burnInMs: 0 } }),
      ],
      store: join(this.#folder, 'state.db'),
      port,
      tokens: [
        { secret: TOKENS.operator, role: 'operator', name: null },
        { secret: TOKENS.viewer, role: 'viewer', name: null },
      ],
      version: '0.1.0',
      loopMs: 200,
      log: pino({ level: 'silent' }),
      console: SITE_FOLDER,
    });
    this.#timer = setInterval(() => void this.#reportAlive(), REPORT_EVERY_MS);
  }

  /** Stops control, as a crash would. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#control?.stop();
    this.#control = null;
  }

  /** Reports until the loop has let the first share through. */
  async walkToShift(migration = 'orders'): Promise<void> {
    for (let turn = 0; turn < 60; turn += 1) {
      await this.tell({ match: 4_000, accepted: 20, timeout: 3 }, {}, migration);
      const { stage } = await this.#state(migration);
      if (stage === 'shift') return;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    throw new Error(`${migration} stays in ${(await this.#state(migration)).stage}`);
  }

  /** Reports so many causes of differences, and a pair of answers that shows one of them. */
  async tellCauses(count: number): Promise<void> {
    const now = Date.now();
    const { epoch } = await this.#state('orders');
    const template = '$.total';
    const known = this.#cause(this.causeId, { template, epoch: epoch.ordinal, count: 50_000 }, now);
    const others = Array.from({ length: count - 1 }, (_, i) => {
      const id = (i + 1).toString(16).padStart(16, '0');
      const seen = count - i;
      const over = { template: `$.lines[*].field${i}`, epoch: epoch.ordinal, count: seen };
      return this.#cause(id, over, now - i * 1_000);
    });
    const all = [known, ...others];
    for (let from = 0; from < all.length; from += 2_000) {
      const signatures = all.slice(from, from + 2_000);
      const pairs = from === 0 ? [{ ...this.pair, epoch: epoch.ordinal }] : [];
      await this.tell({}, { signatures, pairs });
    }
  }

  /** Reports what the data side of `ledger` knows. */
  async tellData(over: Parameters<typeof passingData>[1] = {}): Promise<void> {
    const { reportedAt: _, ...report } = passingData(Date.now(), over);
    await this.#service.noteData('ledger', report);
  }

  /** A batch with these verdicts at both seams. */
  async tell(
    verdicts: Partial<Record<Verdict, number>>,
    over: Partial<EvidenceBatch> = {},
    migration = 'orders',
  ): Promise<void> {
    const state = await this.#state(migration);
    const at = Date.now();
    const position = {
      epoch: state.epoch.ordinal,
      step: state.step,
      legacyBuild: 'l1',
      candidateBuild: 'c1',
    };
    const latency = (slowMs: number) => {
      const recorder = new SketchRecorder();
      for (let i = 1; i <= 200; i += 1) recorder.record(slowMs * (0.4 + (i * i) / 20_000));
      return recorder.read();
    };
    const tally = {
      ...EMPTY_TALLY,
      verdicts: { ...NO_VERDICTS, ...verdicts },
      latency: { pairs: verdicts.match ?? 0, slow: 0 },
      legacyLatency: latency(4),
      // From 0.097 ms on: a foot of a logarithmic axis that is not even, see charts/chart.tsx.
      candidateLatency: latency(0.243),
    };
    const isEmpty = Object.keys(verdicts).length === 0;
    const strata = [SEAM, RECEIPT].map((seam) => ({ seam, stratum: '', position, tally }));
    this.#sequence += 1;
    const health = { at, isHealthy: true, because: null };
    await this.#service.ingest(migration, {
      plane: `guard-${process.pid}`,
      sequence: this.#sequence,
      sentAt: at,
      snapshotVersion: state.version,
      strata: isEmpty ? [] : strata,
      seams: [],
      signatures: [],
      pairs: [],
      health: [
        { side: 'legacy', build: 'l1', ...health },
        { side: 'candidate', build: 'c1', ...health },
      ],
      legacyHits: 0,
      legacyProbes: 1,
      retreat: null,
      ...over,
    });
  }

  /** Where a migration stands. */
  async #state(name: string) {
    return (await this.#service.known(name)).state;
  }

  get #service() {
    if (this.#control === null) throw new Error('Control is not running.');
    return this.#control.service;
  }

  async #reportAlive(): Promise<void> {
    // Control may be stopping at this very moment; what is lost then is said again.
    for (const name of ['orders', 'ledger', 'search']) {
      await this.tell({}, {}, name).catch(() => {});
    }
  }

  #cause(id: string, over: Partial<SignatureRecord>, at: number): SignatureRecord {
    const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
    return {
      seam: SEAM,
      epoch: 1,
      id,
      template: '$.total',
      kind: 'number',
      isNoise: false,
      count: 1,
      firstAt: at - 2 * HOUR_MS,
      lastAt: at,
      samples: [
        { at, path: '$.total', legacy: '10.005', candidate: '10', request: 'GET /orders/7' },
      ],
      shapes: ['number within 0.01 less'],
      strata: [''],
      hours: [
        [hour - 2 * HOUR_MS, 2],
        [hour - HOUR_MS, 5],
        [hour, 3],
      ],
      ...over,
    };
  }
}
