import type { Comparator, Rule } from '@falsework/core/compare';
import type { Finding } from '@falsework/core/evidence';
import type { ReadFence } from '@falsework/core/routing';
import type { Plane } from '../plane/plane.ts';
import type { SeamReport } from './seam-report.ts';

/** Any function: synchronous or not, generic, overloaded, with or without a `this`. */
export type AnyFunction = (...args: never[]) => unknown;

/**
 * What the functions behind a seam do besides answering, and so what a shadow run may do.
 *
 * - `none`: pure or read-only. Both sides may be run freely.
 * - `recorded`: they write through collaborators wrapped by `effects`. A shadow run writes nothing;
 *   what both sides meant to write is compared.
 * - `rolled-back`: they write to a PostgreSQL pool from `@falsework/seam/postgres`. A shadow run
 *   works in a transaction of its own, which is always rolled back.
 * - `follow`: each side has a store of its own, kept equal by other means. Never shadowed.
 * - `dry-run`: for routes of the guard; refused here.
 */
export type Effects = 'none' | 'recorded' | 'rolled-back' | 'dry-run' | 'follow';

/** How to build a seam. */
export interface SeamOptions<Fn extends AnyFunction> {
  /** Names the seam in reports, metrics and evidence: `pricing.quote`. */
  readonly name: string;
  /** Serves every call until a migration says otherwise. */
  readonly legacy: Fn;
  /** To take its place. Of the same type, or it does not compile. */
  readonly candidate: NoInfer<Fn>;
  /** What both do besides answering. Undeclared, the candidate is never run as a shadow. */
  readonly effects?: Effects;
  /**
   * Hosts that shadow runs may call because they only read there: `rates.internal`,
   * `10.0.0.7:8080`,
   * `*.example.com`. Any other call that goes out of the process ends shadowing of the seam.
   */
  readonly mayCall?: readonly string[];
  /**
   * True to have legacy answer a call that the candidate failed. By default for effects `none`
   * only: a candidate that failed halfway may have written already.
   */
  readonly fallback?: boolean;
  /** What may differ without being a difference: rules, or a comparator built from them. */
  readonly compare?: readonly Rule[] | Comparator;
  /**
   * What is taken out of answers before a pair of them is kept, beside what looks like a secret:
   * JSONPaths such as `$.customer.name`, and names of members.
   */
  readonly redact?: readonly string[];
  /**
   * The entity that a call is about. It decides the side during a shift, and makes sampling sticky.
   */
  readonly key?: (args: Parameters<NoInfer<Fn>>) => string | null;
  /**
   * Keeps a key with legacy until the candidate's store has what was last written of it, where each
   * side has a store of its own: `openReadFence` of `@falsework/data`, and `fenceBothWays` where
   * legacy is to be fed back. For functions that give a promise, and with `key`: a caller whose
   * share is the candidate's waits until it is known.
   */
  readonly fence?: FenceOf<NoInfer<Fn>>;
  /**
   * A class of input that must prove itself separately, such as the operation or the kind of
   * tenant.
   */
  readonly stratum?: (args: Parameters<NoInfer<Fn>>) => string;
  /**
   * True for a difference of which one is too many: money, authorisation, a lost write. Or `true`
   * for all.
   */
  readonly isCritical?: boolean | ((finding: Finding) => boolean);
  /** The largest share of calls to compare, 0 to 1. A plane's snapshot may ask for less. */
  readonly sample?: number;
  /** How long a shadow run may take; by default what the plane's snapshot says. */
  readonly timeoutMs?: number;
  /**
   * Share of the time that the event loop may be busy before shadow runs are shed, 0 to 1; 0.9 by
   * default. 1 for a script that has nothing else to do.
   */
  readonly busyMax?: number;
  /**
   * Copies an argument or an answer, instead of the built-in deep copy: for values that it shares
   * although they change, or `(value) => value` where nobody ever changes them.
   */
  readonly clone?: (value: unknown) => unknown;
  /**
   * How many items of an async iterable are compared; 1,000 by default. The caller's is never cut.
   */
  readonly itemsMax?: number;
  /** The plane to be part of; by default the one given to `attach`, or one that stands alone. */
  readonly plane?: Plane;
}

/** Only who gets a promise can wait for a fence. */
type FenceOf<Fn extends AnyFunction> =
  ReturnType<Fn> extends PromiseLike<unknown> ? ReadFence : never;

/** What a seam has beside being called. */
export interface SeamHandle {
  /** What was compared so far, and what differs. Printed, it is text for people. */
  readonly report: () => SeamReport;
  /** Resolves when everything sampled so far has been compared: for tests and scripts. */
  readonly settled: () => Promise<void>;
}

/** A function of exactly legacy's type, with a handle. */
export type Seam<Fn extends AnyFunction> = Fn & SeamHandle;
