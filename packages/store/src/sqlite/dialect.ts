import type { Clock } from '@falsework/core/ports';
import {
  type Dialect,
  type Driver,
  type Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { SqliteDriver } from './driver.ts';

/** Kysely's view of SQLite as Node itself brings it: nothing to install, nothing to compile. */
export class NodeSqliteDialect implements Dialect {
  readonly #file: string;
  readonly #clock: Clock;

  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  createDriver(): Driver {
    return new SqliteDriver(this.#file, this.#clock);
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler();
  }

  // Says that there is one connection only, on which Kysely then lets one user at a time.
  createAdapter(): SqliteAdapter {
    return new SqliteAdapter();
  }

  createIntrospector(db: Kysely<never>): SqliteIntrospector {
    return new SqliteIntrospector(db);
  }
}
