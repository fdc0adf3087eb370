import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** A statement that was parsed once. */
export interface Prepared {
  readonly statement: StatementSync;
  /** True when it gives rows back. */
  readonly isReader: boolean;
}

// The store has about forty different statements; those whose length depends on a batch come in a
// few sizes each.
const KEPT_MAX = 200;

/**
 * Statements by their text, the least recently used forgotten first: parsing costs more than most
 * of them take.
 */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #kept = new Map<string, Prepared>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Hands out the statement for this text, parsing it if need be. */
  prepare(sql: string): Prepared {
    const known = this.#kept.get(sql);
    // Deleting and setting again moves it to the young end of the map.
    if (known) this.#kept.delete(sql);
    const prepared = known ?? this.#parse(sql);
    this.#kept.set(sql, prepared);
    if (this.#kept.size > KEPT_MAX) this.#kept.delete(this.#kept.keys().next().value ?? '');
    return prepared;
  }

  #parse(sql: string): Prepared {
    const statement = this.#database.prepare(sql);
    return { statement, isReader: statement.columns().length > 0 };
  }
}
