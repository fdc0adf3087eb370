import { fault } from '@falsework/core/errors';
import type { Clock, Random } from '@falsework/core/ports';
import { systemRandom } from '@falsework/system';
import type { BackoffOptions } from './backoff.ts';
import { checkNumber } from './check-number.ts';
import type { Deadline } from './deadline.ts';
import { RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
import { type Timers, timersOf } from './timers.ts';
import { type RandomBytes, systemBytes } from './uuid-v7.ts';
import { checkVersions, VersionMemory, type VersionMemoryOptions } from './versions.ts';

/**
 * On which requests an idempotency key is put when the caller gave none: those of unsafe methods,
 * none, or all.
 */
export type KeyRule = 'unsafe' | 'given' | 'always';

/** How a client behaves. Every default is written at its field. */
export interface ClientOptions {
  /** The versions that the caller understands, the best first. None: nothing is negotiated. */
  readonly versions?: readonly string[];
  readonly versionMemory?: VersionMemoryOptions;
  /**
   * Default `unsafe`. A key makes a POST or PATCH safe to repeat only at a server that honours
   * keys; for one that does not, say `given`, and these methods are sent once.
   */
  readonly keys?: KeyRule;
  /** How often one call may be sent, the first time included. Default 4. */
  readonly triesMax?: number;
  readonly backoff?: BackoffOptions;
  /** The most of a `Retry-After` that is waited. Default 30,000. */
  readonly retryAfterMsMax?: number;
  readonly budget?: RetryBudget | RetryBudgetOptions;
  /** How long a call may take, all tries and the answer's body included. None by default. */
  readonly deadlineMs?: number;
  /** How long one try may wait for the head of an answer. None by default. */
  readonly tryTimeoutMs?: number;
  readonly clock?: Clock;
  /** What jitter is drawn from. */
  readonly random?: Random;
  /** What idempotency keys are made from. Must not be guessable. */
  readonly randomBytes?: RandomBytes;
}

/** What one call wants otherwise. */
export interface CallOptions {
  /** The key of this call; a header `Idempotency-Key` says the same. */
  readonly idempotencyKey?: string;
  readonly deadlineMs?: number;
  /** The deadline of the request that this call is made for. The earlier one counts. */
  readonly deadline?: Deadline | null;
  /** 1 sends it once, whatever happens. */
  readonly triesMax?: number;
}

/** Options with everything decided. @internal */
export interface Settings {
  readonly versions: readonly string[];
  readonly memory: VersionMemory;
  readonly keys: KeyRule;
  readonly triesMax: number;
  readonly backoff: Required<BackoffOptions>;
  readonly retryAfterMsMax: number;
  readonly budget: RetryBudget;
  readonly deadlineMs: number | null;
  readonly tryTimeoutMs: number | null;
  readonly timers: Timers;
  readonly random: Random;
  readonly randomBytes: RandomBytes;
}

/** Checks and completes the options. Throws `FW_CLIENT_OPTION`. @internal */
export function settle(options: ClientOptions): Settings {
  const timers = timersOf(options.clock);
  const { clock } = timers;
  const versions = checkVersions(options.versions ?? []);
  const { rememberMs = 600_000, originsMax = 1_000 } = options.versionMemory ?? {};
  const { firstMs = 100, capMs = 5_000 } = options.backoff ?? {};
  return {
    versions,
    memory: new VersionMemory(versions, clock, {
      rememberMs: checkNumber('versionMemory.rememberMs', rememberMs, { min: 0 }),
      originsMax: checkNumber('versionMemory.originsMax', originsMax, { min: 1 }),
    }),
    keys: checkKeyRule(options.keys ?? 'unsafe'),
    triesMax: checkNumber('triesMax', options.triesMax ?? 4, { min: 1 }),
    backoff: {
      firstMs: checkNumber('backoff.firstMs', firstMs, { min: 0 }),
      capMs: checkNumber('backoff.capMs', capMs, { min: 0 }),
    },
    retryAfterMsMax: checkNumber('retryAfterMsMax', options.retryAfterMsMax ?? 30_000, { min: 0 }),
    budget:
      options.budget instanceof RetryBudget
        ? options.budget
        : new RetryBudget({ clock, ...options.budget }),
    deadlineMs: optional('deadlineMs', options.deadlineMs),
    tryTimeoutMs: optional('tryTimeoutMs', options.tryTimeoutMs),
    timers,
    random: options.random ?? systemRandom,
    randomBytes: options.randomBytes ?? systemBytes,
  };
}

// setTimeout turns a longer delay into 1 ms, with a mere warning.
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

function optional(option: string, ms: number | undefined): number | null {
  return ms === undefined ? null : checkNumber(option, ms, { min: 0, max: TIMEOUT_MS_MAX });
}

function checkKeyRule(rule: KeyRule): KeyRule {
  if (rule === 'unsafe' || rule === 'given' || rule === 'always') return rule;
  throw fault('FW_CLIENT_OPTION', {
    option: 'keys',
    got: String(rule),
    expected: '`unsafe`, `given` or `always`',
  });
}
