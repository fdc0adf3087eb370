import type { FenceMark } from '@falsework/core/routing';
import type { CountedFence, ShedReason } from '@falsework/seam/engine';
import type { JournalFence } from '../writes/journal-fence.ts';

/** The entity of a compared read, whose writes reach one side later than the other. */
export interface Behind {
  readonly key: string | null;
  /** What asks both stores; `null` where only this guard's journal knows of writes. */
  readonly stores: CountedFence | null;
}

/** What the follower had when the sides began to answer. */
interface Marks {
  readonly journal: FenceMark | null;
  readonly stores: FenceMark | null;
}

/**
 * Whether the entity of a compared read was written while the sides answered, which may be all that
 * their answers differ by. It is made before either side is asked.
 */
export class KeyMotion {
  readonly #behind: Behind;
  readonly #journal: JournalFence | null;
  readonly #first: Marks;
  /** At the second look; `null` while there was none. */
  #second: Marks | null = null;

  constructor(behind: Behind, journal: JournalFence | null) {
    this.#behind = behind;
    this.#journal = journal;
    this.#first = { journal: journal?.mark() ?? null, stores: behind.stores?.mark() ?? null };
  }

  /** Why a difference that was seen says nothing; `null` when it stands. */
  excuse(stands: 'first' | 'second'): Promise<ShedReason | null> | null {
    const marks = stands === 'first' ? this.#first : this.#second;
    if (marks === null) return null;
    const { key, stores } = this.#behind;
    const isInJournal =
      marks.journal !== null && this.#journal?.hasMoved(marks.journal, key) === true;
    if (isInJournal) return Promise.resolve('fenced');
    if (stores === null) return null;
    return stores.hasMoved(marks.stores, key).then((hasMoved) => (hasMoved ? 'fenced' : null));
  }

  /** Why a second look would not be at two equal stores; `null` when it is worth taking. */
  async beforeSecondLook(): Promise<ShedReason | null> {
    const { key, stores } = this.#behind;
    const journal = this.#journal?.mark() ?? null;
    if ((this.#journal?.reasonFor(key) ?? null) !== null) return 'fenced';
    const isOnItsWay = (await stores?.isOnItsWay(key)) === true;
    // Asking has shown where the follower is now, and from here on only what is newer excuses.
    this.#second = { journal, stores: stores?.mark() ?? null };
    return isOnItsWay ? 'fenced' : null;
  }
}
