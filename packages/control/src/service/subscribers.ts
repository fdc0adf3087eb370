import type { Cancel } from '@falsework/core/ports';
import type { Snapshot } from '@falsework/core/routing';

type Take = (snapshot: Snapshot) => void;

/**
 * Who wants to hear of new snapshots. Each hears a version once, and never an older one after a
 * newer.
 */
export class Subscribers {
  readonly #takers = new Map<string, Map<Take, number>>();

  /** Adds a listener; it hears what is published from now on. */
  add(migration: string, take: Take): Cancel {
    const takers = this.#takers.get(migration) ?? new Map<Take, number>();
    this.#takers.set(migration, takers);
    takers.set(take, 0);
    return () => takers.delete(take);
  }

  /** Hands a snapshot to everybody who has not had it. */
  publish(migration: string, snapshot: Snapshot): void {
    for (const [take, heard] of this.#takers.get(migration) ?? []) {
      if (heard >= snapshot.version) continue;
      this.#takers.get(migration)?.set(take, snapshot.version);
      take(snapshot);
    }
  }
}
