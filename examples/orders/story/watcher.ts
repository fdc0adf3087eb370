import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AdminClient } from '@falsework/client';
import {
  type DecisionLine,
  type MigrationStatus,
  ROUTES,
  type WireCause,
} from '@falsework/client/contract';

/** A cause of differences as the API shows it. */
export type Signature = WireCause['record'];

const POLL_MS = 200;
const one = { params: { migration: 'orders' }, query: {}, body: {} };

/** Looks at the migration through the admin API, like any other program would. */
export class Watcher {
  readonly #client: AdminClient;
  readonly #see: (status: MigrationStatus) => void;
  readonly #perEpoch = new Map<number, number>();

  /** `see` is shown every status that is looked at. */
  constructor(folder: string, url: string, see: (status: MigrationStatus) => void) {
    const token = readFileSync(join(folder, '.falsework', 'token'), 'utf8').trim();
    this.#client = new AdminClient({ url, token });
    this.#see = see;
  }

  async status(): Promise<MigrationStatus> {
    const status = await this.#client.call(ROUTES.migration, one);
    this.#perEpoch.set(status.epoch.ordinal, comparisonsOf(status));
    this.#see(status);
    return status;
  }

  /** Comparisons of all epochs, as far as they were looked at. */
  get comparisons(): number {
    return [...this.#perEpoch.values()].reduce((sum, comparisons) => sum + comparisons, 0);
  }

  /** Looks until it is so. Rejects after `withinMs`, saying where it stood and what was missing. */
  async until(
    what: string,
    isSo: (status: MigrationStatus) => boolean,
    withinMs: number,
  ): Promise<MigrationStatus> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const status = await this.status();
      if (isSo(status)) return status;
      if (performance.now() > deadline)
        throw new Error(`${what} did not happen: ${standing(status)}`);
      await pause(POLL_MS);
    }
  }

  async signatures(epoch: number): Promise<Signature[]> {
    const query = { epoch, limit: 100 };
    const { causes } = await this.#client.call(ROUTES.causes, { ...one, query });
    return causes.map((cause) => cause.record);
  }

  async decisions(): Promise<DecisionLine[]> {
    const query = { after: 0, limit: 1_000 };
    return (await this.#client.call(ROUTES.decisions, { ...one, query })).decisions;
  }
}

function standing(status: MigrationStatus): string {
  const missing = status.next?.gates.filter((gate) => gate.status !== 'pass') ?? [];
  const needs = missing.map((gate) => `${gate.gate}: ${gate.detail}, needs ${gate.needs}`);
  return `it stands in ${status.stage} at ${status.share.percent} %\n${needs.join('\n')}`;
}

/** Comparisons of the present epoch, over all strata. */
export function comparisonsOf(status: MigrationStatus): number {
  return status.strata.reduce((sum, stratum) => sum + stratum.compared, 0);
}

/** Comparisons of the present step, over all strata. */
export function stepComparisonsOf(status: MigrationStatus): number {
  return status.strata.reduce((sum, stratum) => sum + stratum.step.compared, 0);
}

/** Differences of the present epoch, over all strata. */
export function differencesOf(status: MigrationStatus): number {
  return status.strata.reduce((sum, stratum) => sum + stratum.differing, 0);
}
