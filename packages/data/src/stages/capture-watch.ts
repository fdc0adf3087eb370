import type { Clock } from '@falsework/core/ports';
import { seeCapture } from '../backfill/capture-probe.ts';
import { type Counters, judgeCounters, settledBaseline } from '../capture/completeness.ts';
import { keepBaseline, readBaseline, readCounters } from '../capture/counters.ts';
import type { Feed } from '../drain/feed.ts';
import { coded } from '../postgres/failure.ts';
import { type Relation, relationName } from '../postgres/quote.ts';
import { keepProof, readProofs } from './proofs.ts';

// As many looks as the busiest judgement asks for, and as long as a slow looker takes for them.
const READINGS_MAX = 60;

/**
 * Watches over capture of the store that takes writes: that a change of our own comes out of it,
 * and that the server's counters know of no write that it did not report. What it finds is kept as
 * the proof `capture`; a write that passed capture by stays on record until the table is copied
 * again.
 */
export class CaptureWatch {
  readonly #feed: Feed;
  readonly #clock: Clock;
  readonly #readings = new Map<string, Counters[]>();
  #isSeen = false;

  constructor(feed: Feed, clock: Clock) {
    this.#feed = feed;
    this.#clock = clock;
  }

  /** Looks once. Rejects with the `FW_DATA_…` errors of databases. */
  async look(): Promise<void> {
    const { follower, schema } = this.#feed;
    const known = (await readProofs(follower, schema)).capture;
    let provenAt = known?.provenAt ?? null;
    if (!this.#isSeen) {
      const { missing } = await seeCapture(this.#feed, this.#clock);
      // What is proven once is not proven for ever: a trigger may have been taken away since.
      this.#isSeen = missing.length === 0;
      provenAt = this.#isSeen ? (provenAt ?? this.#clock.now()) : null;
    }
    const bypassed = Math.max(known?.bypassed ?? 0, await this.#bypassed());
    await keepProof(follower, schema, { name: 'capture', proof: { provenAt, bypassed } });
  }

  async #bypassed(): Promise<number> {
    const { source, changes, tables } = this.#feed;
    // The log is the server's own; nothing that is written passes it by.
    if (changes.kind === 'logical') return 0;
    let count = 0;
    for (const { relation } of tables) {
      count += await coded({ database: source.label, operation: 'reading counters' }, () =>
        this.#judge(relation),
      );
    }
    return count;
  }

  async #judge(relation: Relation): Promise<number> {
    const { source, schema } = this.#feed;
    const name = relationName(relation);
    const at = this.#clock.now();
    const reading = await source.use((session) => readCounters(session, { schema, relation, at }));
    const readings = [...(this.#readings.get(name) ?? []), reading].slice(-READINGS_MAX);
    this.#readings.set(name, readings);
    const baseline = await source.use((session) => readBaseline(session, schema, relation));
    if (baseline === null) {
      const counters = settledBaseline(readings);
      if (counters !== null) {
        await source.use((session) => keepBaseline(session, schema, { relation, counters }));
      }
      return 0;
    }
    const judged = judgeCounters(baseline, readings);
    return judged.state === 'bypassed' ? judged.missing : 0;
  }
}
