import pg from 'pg';
import { watchPrototype } from '../rail/postgres-rail.ts';
import { currentShadow, declared, type ShadowScope } from '../run/scope.ts';
import type { ShadowRun } from '../run/shadow-run.ts';
import type { PoolLike } from './pool-like.ts';
import { answered, connected, shadowClient } from './shadow-client.ts';
import { type RollbackOptions, ShadowPool } from './shadow-pool.ts';
import type { ShadowTransaction } from './shadow-transaction.ts';

/**
 * Wraps a pool of PostgreSQL connections so that a seam with effects `rolled-back` can run the
 * other side. Outside of shadow runs it is the pool. Within one, everything happens in a single
 * transaction on a connection of its own, with short timeouts, which is rolled back when the run
 * ends, whatever the run does: it may begin and commit as usual, and nothing of it stays.
 *
 * What PostgreSQL itself does not roll back does stay: numbers drawn from sequences, `setval`,
 * and what goes out through `dblink`, `COPY … TO PROGRAM` and the like. Give shadow runs a role
 * that may not do such things by `connection`.
 *
 * ```ts
 * const db = rolledBack(new pg.Pool({ connectionString: process.env.DATABASE_URL }));
 * const place = seam({
 *   name: 'orders.place',
 *   legacy: (order: Order) => placeV1(db, order),
 *   candidate: (order: Order) => placeV2(db, order),
 *   effects: 'rolled-back',
 * });
 * ```
 */
export function rolledBack<Pool extends PoolLike>(pool: Pool, options: RollbackOptions = {}): Pool {
  watchPrototype(pg.Client.prototype as never);
  watchPrototype(Object.getPrototypeOf(pg.Pool.prototype) as never);
  const shadows = new Shadows(new ShadowPool(pool, options));
  const methods = new Map<PropertyKey, (...args: unknown[]) => unknown>();
  for (const name of ['query', 'connect', 'end'] as const) {
    methods.set(name, (...args) => {
      const scope = currentShadow();
      if (scope !== undefined) return shadows[name](scope, args);
      if (name === 'end') void shadows.close();
      return Reflect.apply(pool[name], pool, args);
    });
  }
  return new Proxy(pool, {
    get: (target, key) => methods.get(key) ?? (Reflect.get(target, key, target) as unknown),
  });
}

/** The pool as shadow runs have it. */
class Shadows {
  readonly #pool: ShadowPool;
  readonly #begun = new WeakMap<ShadowRun, Promise<ShadowTransaction>>();

  constructor(pool: ShadowPool) {
    this.#pool = pool;
  }

  /** A statement outside of any transaction that the run has begun. */
  query(scope: ShadowScope, args: readonly unknown[]): unknown {
    return answered(args, (given) =>
      declared(scope, async () => {
        const transaction = await this.#transaction(scope.run);
        return await transaction.query({ savepoint: null }, given);
      }),
    );
  }

  /** What is a connection of its own to the run, and the one transaction to us. */
  connect(scope: ShadowScope, args: readonly unknown[]): unknown {
    return connected(args, () =>
      declared(scope, async () => shadowClient(await this.#transaction(scope.run), scope)),
    );
  }

  /** A shadow run must not take the pool from callers. */
  end({ run }: ShadowScope): unknown {
    run.undeclared('ended the pool of connections');
    return new Promise(() => {});
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  /** The transaction of a run, begun when it first asks. */
  #transaction(run: ShadowRun): Promise<ShadowTransaction> {
    // Nobody waits for a run that is over, and it must not begin anything again.
    if (run.isOver) return new Promise(() => {});
    const known = this.#begun.get(run);
    if (known !== undefined) return known;
    const beginning = this.#pool.begin(run);
    run.onEnd(async () => {
      const transaction = await beginning.catch(() => null);
      await transaction?.end();
    });
    const begun = beginning.catch(() => {
      // No connection is nobody's fault: the run is given up, and its side is told nothing.
      run.spoil('fault');
      return new Promise<never>(() => {});
    });
    this.#begun.set(run, begun);
    return begun;
  }
}
