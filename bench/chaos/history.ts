/** What a store holds under a key: an amount in cents, or `null` for no row. */
export type Held = number | null;

/** What must not be. */
export type FindingKind = 'lost' | 'twice' | 'resurrected' | 'stale' | 'unwritten';

/** One thing that must not be, on one store or in one answer. */
export interface Finding {
  readonly kind: FindingKind;
  readonly where: string;
  readonly key: string;
  readonly because: string;
}

/** How much of a store must be there. */
export type Scope =
  | { readonly isWhole: true }
  /** Rows that nobody has touched since the mark may still be missing. */
  | { readonly isWhole: false; readonly since: number };

interface Fate {
  /**
   * All that it may be, first what it was before any doubt. More than one as long as nobody has
   * seen how a broken write ended.
   */
  held: Set<Held>;
  wasDeleted: boolean;
  /** When a write to it is known to have happened. */
  touched: number;
}

/**
 * Knows every write that was acknowledged, from nothing but the acknowledgements. A write whose
 * connection broke at the commit may have happened or not: both are held possible until the row is
 * seen again. Keys are never used again after they were deleted, and no two writers share one.
 */
export class History {
  readonly #fates = new Map<string, Fate>();
  readonly #findings: Finding[] = [];
  #clock = 0;
  acknowledged = 0;
  unknown = 0;

  /** A moment, for {@link Scope}. */
  get now(): number {
    return this.#clock;
  }

  /** A row that was there before anybody wrote. */
  seed(key: string, held: number): void {
    this.#fateOf(key).held = new Set([held]);
  }

  /** A write was acknowledged. `saw` is what it met, as far as it was told. */
  acknowledge(key: string, { saw, became }: { readonly saw: Held; readonly became: Held }): void {
    this.acknowledged += 1;
    const fate = this.#touch(this.#fateOf(key));
    this.#judge(fate, { where: 'an answer', key, held: saw });
    fate.held = new Set([became]);
    if (saw !== null && became === null) fate.wasDeleted = true;
  }

  /** A write broke off at its commit. */
  suspect(key: string, change: (held: Held) => Held): void {
    this.unknown += 1;
    const fate = this.#fateOf(key);
    const changed = Array.from(fate.held, (held) => ({ held, became: change(held) }));
    for (const { held, became } of changed) {
      if (held !== null && became === null) fate.wasDeleted = true;
      fate.held.add(became);
    }
  }

  /**
   * Compares what a store holds with what it must hold. The first store that is audited after a
   * broken write decides what became of it: that must be the one that takes the writes.
   */
  audit(
    where: string,
    rows: readonly (readonly [key: string, held: number])[],
    scope: Scope,
  ): void {
    const there = new Map<string, number>();
    for (const [key, held] of rows) {
      if (there.has(key)) this.#add({ kind: 'twice', where, key, because: 'it has two rows' });
      there.set(key, held);
      if (this.#fates.has(key)) continue;
      this.#add({ kind: 'unwritten', where, key, because: 'nobody wrote it' });
    }
    for (const [key, fate] of this.#fates) {
      const held = there.get(key) ?? null;
      const mayMiss = !scope.isWhole && fate.touched <= scope.since;
      if (held === null && mayMiss) continue;
      this.#judge(fate, { where, key, held });
      if (fate.held.has(held)) this.#resolve(fate, held);
    }
  }

  /** A key that is gone for good; `null` as long as there is none. */
  get deleted(): string | null {
    for (const [key, { held, wasDeleted }] of this.#fates) {
      if (wasDeleted && held.size === 1 && held.has(null)) return key;
    }
    return null;
  }

  /** Everything that was found so far; they are handed over, and not told again. */
  takeFindings(): Finding[] {
    return this.#findings.splice(0);
  }

  #fateOf(key: string): Fate {
    const fate = this.#fates.get(key) ?? {
      held: new Set<Held>([null]),
      wasDeleted: false,
      touched: 0,
    };
    this.#fates.set(key, fate);
    return fate;
  }

  #touch(fate: Fate): Fate {
    this.#clock += 1;
    fate.touched = this.#clock;
    return fate;
  }

  /** Broken writes have happened or not, for all to see. */
  #resolve(fate: Fate, held: Held): void {
    const [before] = fate.held;
    if (before !== held) this.#touch(fate);
    fate.held = new Set([held]);
  }

  #judge(
    fate: Fate,
    { where, key, held }: { readonly where: string; readonly key: string; readonly held: Held },
  ): void {
    if (fate.held.has(held)) return;
    const wanted = [...fate.held].map((one) => one ?? 'no row').join(' or ');
    const because = `it has ${held ?? 'no row'}, and must have ${wanted}`;
    const isGone = fate.held.size === 1 && fate.held.has(null);
    const present = isGone ? (fate.wasDeleted ? 'resurrected' : 'unwritten') : 'stale';
    this.#add({ kind: held === null ? 'lost' : present, where, key, because });
  }

  #add(finding: Finding): void {
    this.#findings.push(finding);
  }
}
