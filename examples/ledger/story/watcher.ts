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

/** How a watcher is made. */
export interface WatcherOptions {
  readonly folder: string;
  readonly url: string;
  /** Shown every status that is looked at. */
  readonly see: (status: MigrationStatus) => void;
  /** Told what is missing, when something takes its time. */
  readonly tell: (line: string) => void;
}

const POLL_MS = 250;
const PATIENCE_MS = 10_000;
const one = { params: { migration: 'ledger' }, query: {}, body: {} };

/** Looks at the migration through the admin API, like any other program would. */
export class Watcher {
  readonly #client: AdminClient;
  readonly #options: WatcherOptions;

  constructor(options: WatcherOptions) {
    const token = readFileSync(join(options.folder, '.falsework', 'token'), 'utf8').trim();
    this.#client = new AdminClient({ url: options.url, token });
    this.#options = options;
  }

  async status(): Promise<MigrationStatus> {
    const status = await this.#client.call(ROUTES.migration, one);
    this.#options.see(status);
    return status;
  }

  /** Looks until it is so. Rejects after `withinMs`, saying where it stood and what was missing. */
  async until(
    what: string,
    isSo: (status: MigrationStatus) => boolean,
    withinMs: number,
  ): Promise<MigrationStatus> {
    const deadline = performance.now() + withinMs;
    let sayAtMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const status = await this.status();
      if (isSo(status)) return status;
      if (performance.now() > sayAtMs) {
        this.#options.tell(`waiting for ${what}: ${missing(status).join('; ')}`);
        sayAtMs += PATIENCE_MS;
      }
      if (performance.now() > deadline) throw new Error(`${what}: ${standing(status)}`);
      await pause(POLL_MS);
    }
  }

  async causes(epoch: number): Promise<WireCause['record'][]> {
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
  const at = `did not happen; it stands in ${status.stage} at ${status.share.percent} %`;
  return [at, ...missing(status)].join('\n');
}

function missing({ next }: MigrationStatus): string[] {
  const open = next?.gates.filter((gate) => gate.status !== 'pass') ?? [];
  return open.map((gate) => `${gate.gate}: ${gate.detail}, needs ${gate.needs}`);
}
