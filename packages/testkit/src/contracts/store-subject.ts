import type { ControlStore } from '@falsework/core/ports';
import { afterEach, beforeEach } from 'vitest';

/** A store implementation as the contract sees it. */
export interface StoreSubject {
  readonly name: string;
  /**
   * Makes a new, empty place and gives the way to open it. Opened again, the place must show what
   * was written before; a store in memory gives a place that can be opened once, and says so with
   * `isPrivate`.
   */
  readonly place: () => Promise<() => Promise<ControlStore>>;
  readonly isPrivate?: boolean;
}

/** One place for each test, with all its stores closed at the end. */
export interface StoreBench {
  /** A store on the test's place. */
  readonly store: () => ControlStore;
  /** Another connection to the same place; on a private place the same one. */
  readonly another: () => Promise<ControlStore>;
}

/** Sets up a fresh place for each test of the calling suite. */
export function storeBench(subject: StoreSubject): StoreBench {
  let open: () => Promise<ControlStore>;
  let opened: ControlStore[] = [];
  beforeEach(async () => {
    open = await subject.place();
    opened = [await open()];
  });
  afterEach(async () => {
    await Promise.all(opened.map((store) => store.close()));
  });
  const store = (): ControlStore => opened[0] as ControlStore;
  const another = async (): Promise<ControlStore> => {
    if (subject.isPrivate) return store();
    const next = await open();
    opened.push(next);
    return next;
  };
  return { store, another };
}
