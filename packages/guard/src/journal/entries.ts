import type { Instant } from '@falsework/core/ports';
import type { Identifier, JournalEvent } from './events.ts';

/**
 * Where an entry stands. `in-doubt`: nobody knows yet whether the authority has it. `listed`: a
 * person has to find that out. `ready`: the authority has it, the follower must be fed. `dead`: the
 * follower could not be fed, a person has to look.
 */
export type EntryState = 'in-doubt' | 'listed' | 'ready' | 'dead';

/** Where a record lies. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

/** A write that is not over, without what the caller sent: that stays on the disk. */
export interface Entry {
  readonly sequence: number;
  readonly route: string;
  readonly key: string | null;
  readonly idempotencyKey: string;
  readonly at: Instant;
  readonly canReplay: boolean;
  readonly state: EntryState;
  /** Since when it is in this state. */
  readonly since: Instant;
  readonly status: number | null;
  readonly identifiers: Readonly<Record<string, Identifier>>;
  readonly attempts: number;
  /** Why it is listed or dead; empty otherwise. */
  readonly because: string;
  readonly position: Position | null;
}

type Changing = { -readonly [Name in keyof Entry]: Entry[Name] };

/** What an event did: `over` when the entry is finished and gone. */
export type Effect = 'changed' | 'over' | 'ignored';

/**
 * The entries that are not over, rebuilt by applying all events of a journal. An event that does
 * not fit is ignored, because segments that are gone leave such events behind, and because copies
 * of an entry that were made to free a segment repeat what is known.
 */
export class Entries {
  readonly #bySequence = new Map<number, Changing>();
  readonly #lanes = new Map<string, Changing[]>();
  readonly #inSegment = new Map<number, number>();
  #nextSequence = 1;

  get size(): number {
    return this.#bySequence.size;
  }

  /** The sequence number for the next write. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  get(sequence: number): Entry | undefined {
    return this.#bySequence.get(sequence);
  }

  /** All of them, in no order that means anything. */
  all(): IterableIterator<Entry> {
    return this.#bySequence.values();
  }

  /** Lanes that hold something. */
  lanes(): IterableIterator<string> {
    return this.#lanes.keys();
  }

  /** The first entry of a lane: nothing behind it may be fed before it is over. */
  headOf(lane: string): Entry | undefined {
    return this.#lanes.get(lane)?.[0];
  }

  lane(lane: string): readonly Entry[] {
    return this.#lanes.get(lane) ?? [];
  }

  apply(sequence: number, event: JournalEvent, position: Position | null = null): Effect {
    this.#nextSequence = Math.max(this.#nextSequence, sequence + 1);
    const entry = this.#bySequence.get(sequence);
    if (event.type === 'intent') {
      // Again: a copy, or the same write, now that it is known where it lies.
      if (entry === undefined) this.#add(sequence, event.intent);
      if (position !== null) this.place(sequence, position);
      return 'changed';
    }
    if (entry === undefined) return 'ignored';
    return this.#advance(entry, event);
  }

  /** Notes where the intent of an entry lies. */
  place(sequence: number, position: Position): void {
    const entry = this.#bySequence.get(sequence);
    if (entry === undefined) return;
    this.#countOut(entry.position);
    entry.position = position;
    this.#inSegment.set(position.segment, this.countIn(position.segment) + 1);
  }

  /** How many entries lie in a segment. O(1). */
  countIn(segment: number): number {
    return this.#inSegment.get(segment) ?? 0;
  }

  #countOut(position: Position | null): void {
    if (position === null) return;
    const left = this.countIn(position.segment) - 1;
    if (left === 0) this.#inSegment.delete(position.segment);
    else this.#inSegment.set(position.segment, left);
  }

  #add(sequence: number, intent: EntryFacts): void {
    const { route, key, idempotencyKey, at, canReplay } = intent;
    const entry: Changing = {
      sequence,
      route,
      key,
      idempotencyKey,
      at,
      canReplay,
      state: 'in-doubt',
      since: at,
      status: null,
      identifiers: {},
      attempts: 0,
      because: '',
      position: null,
    };
    this.#bySequence.set(sequence, entry);
    const lane = this.#lanes.get(laneOf(entry));
    if (lane === undefined) {
      this.#lanes.set(laneOf(entry), [entry]);
      return;
    }
    // Nearly always the newest; only copies of old entries, read at the start, come out of order.
    let place = lane.length;
    while (place > 0 && (lane[place - 1] as Changing).sequence > sequence) place -= 1;
    lane.splice(place, 0, entry);
  }

  #advance(entry: Changing, event: Exclude<JournalEvent, { type: 'intent' }>): Effect {
    switch (event.type) {
      case 'outcome':
        return this.#end(entry, event);
      case 'listed':
        if (entry.state !== 'in-doubt') return 'ignored';
        return enter(entry, 'listed', event);
      case 'dead':
        if (entry.state !== 'ready') return 'ignored';
        entry.attempts = event.attempts;
        return enter(entry, 'dead', event);
      case 'revived':
        if (entry.state !== 'dead') return 'ignored';
        entry.attempts = 0;
        return enter(entry, 'ready', { at: event.at, because: '' });
      case 'fed':
        return entry.state === 'ready' ? this.#remove(entry) : 'ignored';
      case 'discarded':
        return entry.state === 'dead' ? this.#remove(entry) : 'ignored';
    }
  }

  #end(entry: Changing, { at, outcome }: Extract<JournalEvent, { type: 'outcome' }>): Effect {
    if (entry.state !== 'in-doubt' && entry.state !== 'listed') return 'ignored';
    if (outcome.kind === 'unknown') return 'ignored';
    if (outcome.kind !== 'applied') return this.#remove(entry);
    entry.status = outcome.status;
    entry.identifiers = outcome.identifiers ?? {};
    return enter(entry, 'ready', { at, because: '' });
  }

  #remove(entry: Changing): Effect {
    this.#bySequence.delete(entry.sequence);
    this.#countOut(entry.position);
    const name = laneOf(entry);
    const lane = this.#lanes.get(name) as Changing[];
    if (lane.length === 1) this.#lanes.delete(name);
    else lane.splice(lane.indexOf(entry), 1);
    return 'over';
  }
}

type EntryFacts = Pick<Entry, 'route' | 'key' | 'idempotencyKey' | 'at' | 'canReplay'>;

/** Writes of one lane are fed one after the other. All without a key share one. */
export function laneOf({ key }: Pick<Entry, 'key'>): string {
  return key === null ? '' : `=${key}`;
}

function enter(
  entry: Changing,
  state: EntryState,
  { at, because }: { readonly at: Instant; readonly because: string },
): Effect {
  entry.state = state;
  entry.since = at;
  entry.because = because;
  return 'changed';
}

/** What rebuilds an entry as it stands: these events after its intent. */
export function eventsOf(entry: Entry): JournalEvent[] {
  const { state, since: at, status, identifiers, attempts, because } = entry;
  const applied: JournalEvent = {
    type: 'outcome',
    at,
    outcome: { kind: 'applied', status, identifiers },
  };
  switch (state) {
    case 'in-doubt':
      return [];
    case 'listed':
      return [{ type: 'listed', at, because }];
    case 'ready':
      return [applied];
    case 'dead':
      return [applied, { type: 'dead', at, attempts, because }];
  }
}
