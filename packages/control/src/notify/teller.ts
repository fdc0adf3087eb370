import { fault } from '@falsework/core/errors';
import type { Clock, ControlStore, Instant, Random, Told, ToldRecord } from '@falsework/core/ports';
import type { Decision, MigrationState } from '@falsework/core/stage';
import { fingerprint } from '@falsework/core/text';
import { messageOf, RESEND_MS } from './messages.ts';
import { nextDue, type Watch } from './notices.ts';
import type { Poster } from './post.ts';
import type { NotifyTarget } from './target.ts';

/** What tells one target of one migration. */
export interface TellerOptions {
  readonly store: Pick<ControlStore, 'told' | 'keepTold' | 'decisions'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly poster: Poster;
  readonly target: NotifyTarget;
  readonly controlUrl: string;
  /** This process, among others that look at the same store. */
  readonly holder: string;
  /** Told of the first failure in a row, and of its end with `null`. */
  readonly onFailure: (error: Error | null) => void;
}

/** What a look found. */
export interface Found {
  readonly state: MigrationState;
  readonly watch: Watch;
}

// Somebody else may tell when the one that told has been silent for this long. Several times what a
// message may take.
const HELD_MS = 60_000;
// After an outage the latest decisions are said; the log has the others.
const DECISIONS_MAX = 20;
// At one look. What is left is said at the next.
const MESSAGES_MAX = 50;
const BACKOFF = { firstMs: 1_000, capMs: 300_000 };

/**
 * Tells one target what it was not told yet. A look never waits for it: while it is telling, or
 * waits after a failure, looks pass it by. What was told is written down after each message, so a
 * crash in between says one message twice and loses none.
 */
export class Teller {
  readonly #options: TellerOptions;
  readonly #id: string;
  #record: ToldRecord | null = null;
  #telling: Promise<void> | null = null;
  #isStopped = false;
  #failures = 0;
  #notBefore: Instant = Number.NEGATIVE_INFINITY;
  #migration: string | null = null;

  constructor(options: TellerOptions) {
    this.#options = options;
    const { kind, url } = options.target;
    // The address may be a secret, so what is stored is its fingerprint.
    this.#id = `${kind}-${fingerprint(url)}`;
  }

  /** Takes note of what is; tells what is due, if it is not telling already. */
  look(found: Found): void {
    if (this.#isStopped || this.#telling || this.#options.clock.now() < this.#notBefore) return;
    this.#telling = this.#tell(found)
      .catch((error: unknown) => this.#failed(error as Error, 0))
      .finally(() => {
        this.#telling = null;
      });
  }

  /** Resolves when it is telling nothing. */
  async idle(): Promise<void> {
    await this.#telling;
  }

  /** Tells nothing more, and lets another process tell at once. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#telling;
    const record = this.#record;
    if (record?.holder !== this.#options.holder || this.#migration === null) return;
    const released = { ...record, version: record.version + 1, heldUntil: 0 };
    // If this fails, the others only wait for a minute.
    await this.#options.store.keepTold(this.#migration, this.#id, released).catch(() => {});
  }

  async #tell({ state, watch }: Found): Promise<void> {
    const { clock, store, target, poster, controlUrl, holder } = this.#options;
    this.#migration = state.name;
    this.#record ??= await store.told(state.name, this.#id);
    // Nobody wants to hear of what was decided before they were named in the configuration.
    let told: Told = this.#record ?? { heard: state.version, standing: [] };
    const decisions = await this.#decisions(state, told);
    const resendMs = target.kind === 'alertmanager' ? RESEND_MS : null;
    for (let said = 0; said < MESSAGES_MAX && !this.#isStopped; said += 1) {
      const now = clock.now();
      const standing = { state, watch, decisions, now };
      const due = nextDue(told, standing, { on: target.on, resendMs });
      const isNews = due.notice !== null || due.told.heard !== told.heard;
      if (!isNews && this.#record !== null) return;
      if (!this.#mayTell(now, holder)) {
        this.#record = null;
        return;
      }
      if (due.notice !== null) {
        // Held before it is said: of two that see the same, one says it.
        if (!this.#isHeld(now) && !(await this.#keep(state.name, told, now))) return;
        const message = messageOf(target, due.notice, { now, controlUrl });
        const posted = await poster.post(message, target.headers);
        if (posted.failed !== null) {
          const facts = { kind: target.kind, migration: state.name, because: posted.failed };
          this.#failed(fault('FW_NOTIFY_FAILED', facts), posted.waitMs);
          return;
        }
        this.#succeeded();
      }
      told = due.told;
      if (!(await this.#keep(state.name, told, clock.now())) || due.notice === null) return;
    }
  }

  #mayTell(now: Instant, holder: string): boolean {
    const record = this.#record;
    return record === null || record.holder === holder || record.heldUntil <= now;
  }

  /** True while nobody else may tell, with time enough left for one message. */
  #isHeld(now: Instant): boolean {
    const record = this.#record;
    return record?.holder === this.#options.holder && record.heldUntil - now > HELD_MS / 2;
  }

  /** Writes down what was told, and that this process tells. False when another was quicker. */
  async #keep(migration: string, told: Told, now: Instant): Promise<boolean> {
    const { heard, standing } = told;
    const version = (this.#record?.version ?? 0) + 1;
    const held = { holder: this.#options.holder, heldUntil: now + HELD_MS };
    const record = { heard, standing, version, ...held };
    const result = await this.#options.store.keepTold(migration, this.#id, record);
    this.#record = result === 'committed' ? record : null;
    return result === 'committed';
  }

  async #decisions({ name, version }: MigrationState, { heard }: Told): Promise<Decision[]> {
    if (version <= heard) return [];
    const after = Math.max(heard, version - DECISIONS_MAX);
    return this.#options.store.decisions(name, after, DECISIONS_MAX);
  }

  #failed(error: Error, waitMs: number): void {
    const { clock, random, onFailure } = this.#options;
    if (this.#failures === 0) onFailure(error);
    const boundMs = Math.min(BACKOFF.capMs, BACKOFF.firstMs * 2 ** this.#failures);
    this.#failures += 1;
    // Between half of the bound and all of it: targets that failed together come back apart, and
    // none at once.
    const pauseMs = boundMs * (0.5 + random.next() / 2);
    this.#notBefore = clock.now() + Math.max(waitMs, pauseMs);
    this.#record = null;
  }

  #succeeded(): void {
    if (this.#failures > 0) this.#options.onFailure(null);
    this.#failures = 0;
  }
}
