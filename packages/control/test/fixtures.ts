import {
  EMPTY_TALLY,
  type EvidenceBatch,
  NO_VERDICTS,
  type SignatureRecord,
  type StoredPair,
  type Tally,
  type Verdict,
} from '@falsework/core/evidence';
import { QUICK_POLICY } from '@falsework/testkit';
import { caused, paired } from '@falsework/testkit/contracts';
import type { ControlService } from '../src/service/control-service.ts';
import type { ManagedMigration } from '../src/service/managed-migration.ts';

/** The seam of every fixture. */
export const SEAM = 'GET /orders/{id}';

/** A migration that can be walked within a test. */
export const MANAGED: ManagedMigration = {
  name: 'orders',
  owner: 'payments',
  topology: 'shared',
  deleteBy: Date.UTC(2027, 11, 31),
  comparator: 'cmp-1',
  schema: '1',
  policy: { ...QUICK_POLICY, mismatch: { rateMax: 1e-2, confidence: 0.95 } },
  cohorts: {},
};

/** An id as signatures have it, from the digits that a test cares about. */
export const idOf = (digits: string): string => digits.padEnd(16, '0');

/** One cause of {@link SEAM}, with an id of the right form. */
export const causeAt = (
  digits: string,
  at: number,
  over: Partial<SignatureRecord> = {},
): SignatureRecord => caused(idOf(digits), at, { seam: SEAM, ...over });

/** A pair of {@link SEAM} that shows these causes. */
export const pairAt = (
  digits: readonly string[],
  at: number,
  over: Partial<StoredPair> = {},
): StoredPair => paired(digits.map(idOf), at, { seam: SEAM, ...over });

const tally = (verdicts: Partial<Record<Verdict, number>>): Tally => ({
  ...EMPTY_TALLY,
  verdicts: { ...NO_VERDICTS, ...verdicts },
  latency: { pairs: verdicts.match ?? 0, slow: 0 },
});

/** Reports to control as a guard does: the present snapshot, healthy sides, what it saw. */
export class FixturePlane {
  readonly #service: () => ControlService;
  readonly #now: () => number;
  #sequence = 0;

  constructor(service: () => ControlService, now: () => number) {
    this.#service = service;
    this.#now = now;
  }

  /** A batch with these verdicts at the present position. */
  async batch(
    verdicts: Partial<Record<Verdict, number>> = {},
    over: Partial<EvidenceBatch> = {},
  ): Promise<EvidenceBatch> {
    const { state } = await this.#service().known(MANAGED.name);
    const at = this.#now();
    const { ordinal } = state.epoch;
    const position = { epoch: ordinal, step: state.step, legacyBuild: 'l1', candidateBuild: 'c1' };
    const strata = [{ seam: SEAM, stratum: '', position, tally: tally(verdicts) }];
    const health = { at, isHealthy: true, because: null };
    this.#sequence += 1;
    return {
      plane: 'guard-1',
      sequence: this.#sequence,
      sentAt: at,
      snapshotVersion: state.version,
      strata: Object.keys(verdicts).length === 0 ? [] : strata,
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
    };
  }

  /** Sends such a batch; what it names is of the present epoch unless it says otherwise. */
  async tell(
    verdicts: Partial<Record<Verdict, number>> = {},
    over: Partial<EvidenceBatch> = {},
  ): Promise<void> {
    await this.#service().ingest(MANAGED.name, await this.batch(verdicts, over));
  }
}
