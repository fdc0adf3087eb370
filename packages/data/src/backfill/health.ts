import type { BackfillLimits } from './limits.ts';

/** What one look at a store shows of how it is. */
export interface HealthReading {
  /** What people call the store. */
  readonly database: string;
  /** Statements of others that run now. */
  readonly activeBackends: number;
  /** Age of the oldest transaction of others. */
  readonly transactionAgeMs: number;
  /** How far the slowest replica is behind; `null` without replicas. */
  readonly replicaLagMs: number | null;
  /** How much of the log the slowest replica has not replayed; `null` without replicas. */
  readonly replicaLagBytes: number | null;
  /** Sessions that our role may not look into, and which are missing above. */
  readonly hidden: number;
}

/** Why a backfill waits: which limit, where, and the value that was found. */
export interface Hold {
  readonly limit: keyof BackfillLimits | 'veto';
  readonly because: string;
}

const REMEMBERED_COMMITS = 10;
const QUANTILE = 0.9;

/** Every reason to wait, given one look at each store. Any one of them is enough. */
export function holdsOf(
  readings: readonly HealthReading[],
  limits: BackfillLimits,
  commitMs: number | null,
): Hold[] {
  const holds: Hold[] = limits.isPaused
    ? [{ limit: 'isPaused', because: 'a person paused it' }]
    : [];
  const check = (
    limit: 'replicaLagMs' | 'replicaLagBytes' | 'activeBackends' | 'transactionAgeMs' | 'commitMs',
    found: number | null,
    told: (found: number) => string,
  ): void => {
    const most = limits[limit];
    if (most === null || found === null || found <= most) return;
    holds.push({ limit, because: `${told(Math.round(found))}, above ${most}` });
  };
  for (const one of readings) {
    const { database } = one;
    check('replicaLagMs', one.replicaLagMs, (ms) => `a replica of ${database} is ${ms} ms behind`);
    check(
      'replicaLagBytes',
      one.replicaLagBytes,
      (bytes) => `a replica of ${database} is ${bytes} bytes behind`,
    );
    check('activeBackends', one.activeBackends, (n) => `${database} runs ${n} statements`);
    check(
      'transactionAgeMs',
      one.transactionAgeMs,
      (ms) => `a transaction on ${database} is open for ${ms} ms`,
    );
  }
  check('commitMs', commitMs, (ms) => `commits take ${ms} ms`);
  return holds;
}

/** How long our commits take: the ninth slowest of the last ten. */
export class CommitMeter {
  readonly #recent: number[] = [];

  observe(elapsedMs: number): void {
    this.#recent.push(elapsedMs);
    if (this.#recent.length > REMEMBERED_COMMITS) this.#recent.shift();
  }

  /** `null` before the first commit. */
  get typicalMs(): number | null {
    if (this.#recent.length === 0) return null;
    const sorted = [...this.#recent].sort((a, b) => a - b);
    return sorted[Math.ceil(QUANTILE * sorted.length) - 1] ?? null;
  }
}
