import type { Operation } from '@falsework/core/stage';
import type { LaneSettings, ShadowLane } from '../shadow/shadow-lane.ts';
import type { RouteWrites } from '../writes/write-settings.ts';
import type { ReadValue } from './key-source.ts';
import type { Plan } from './plan.ts';

/** Why the answers of a route are not compared. */
export type UnprovenReason =
  /** A write: it goes to the authority only. */
  | 'write'
  /** A method that reads, with a body that says nobody knows what. */
  | 'body'
  /** Declared as effects that cannot be shadowed yet. */
  | 'dry-run'
  | 'follow'
  /** All its answers were streams of events. */
  | 'stream'
  /** Switches to another protocol, such as WebSocket. */
  | 'upgrade'
  /** Not answered often enough, with anything but 404, to be taken for a route. */
  | 'unknown'
  /** One of more paths than are learned. */
  | 'overflow';

/** What a route is, known when it is made. */
export interface RouteSpec {
  /** The name of its seam. */
  readonly name: string;
  /** What it is routed as. What may be shadowed is a read, whatever its method. */
  readonly operation: Operation;
  /** `null` when its answers are compared. */
  readonly unproven: UnprovenReason | null;
  /** Answers other than 404 before it is taken for a route; 0 where it was declared. */
  readonly provenBy: number;
  /** True once its path cannot be one of the many values of a parameter. Left out: it is none. */
  readonly isSettled?: () => boolean;
  /** `null`: the policy's. */
  readonly sample: number | null;
  readonly readKey: ReadValue | null;
  /** Whether what callers prove themselves with goes to the candidate's shadows too. */
  readonly shadowsCarryCredentials: boolean;
  readonly lane: LaneSettings;
  /** False: no key moves it; it stays with legacy until the candidate serves everybody. */
  readonly canShift?: boolean;
  /** True when callers and the candidate call its things by two names: legacy serves it. */
  readonly isTranslated?: boolean;
  /** Its answers carry a pin. */
  readonly beginsWorkflow?: boolean;
  /** `null` where its writes are not followed. */
  readonly follow?: RouteWrites | null;
}

/** Calls counted at one route since the guard began. */
export interface RouteCounts {
  legacy: number;
  legacyFailed: number;
  candidate: number;
  candidateFailed: number;
  /** Answered by legacy after the candidate had failed. */
  fallbacks: number;
  /** Kept with legacy, because a write on their key had not reached the candidate. */
  fenced: number;
  /** Callers that left before they had their answer. */
  abandoned: number;
  /** Chosen for comparing, but the answer depended on what the caller had already. */
  conditional: number;
  /** Chosen for comparing, but asked before the path had been answered, and so was no route yet. */
  early: number;
  /** Chosen for comparing, but with credentials that its shadow may not carry. */
  credentials: number;
  /** Answers that were streams of events. */
  streams: number;
}

/** One route, which is one seam. Everything knowable beforehand is compiled into its plan. */
export class Route {
  readonly spec: RouteSpec;
  /** All set at birth, so that counting is an addition and every route has one shape. */
  readonly counts: RouteCounts = {
    legacy: 0,
    legacyFailed: 0,
    candidate: 0,
    candidateFailed: 0,
    fallbacks: 0,
    fenced: 0,
    abandoned: 0,
    conditional: 0,
    early: 0,
    credentials: 0,
    streams: 0,
  };
  /** For the present snapshot; `null` until the first request. */
  plan: Plan | null = null;
  /** Made with the first request that may be compared. */
  lane: ShadowLane | null = null;
  #answers = 0;
  #isProven: boolean;

  constructor(spec: RouteSpec) {
    this.spec = spec;
    this.#isProven = spec.provenBy === 0;
  }

  /** True when it has been answered often enough to be taken for a route, or was declared. */
  get isProven(): boolean {
    return this.#isProven;
  }

  /** Calls served, whatever became of them. */
  get requests(): number {
    return this.counts.legacy + this.counts.candidate;
  }

  /**
   * Notes an answer to a caller. A path that is answered with 404 only is no route: strangers try
   * any path.
   */
  noteAnswer(status: number): void {
    if (this.#isProven || status === 404) return;
    this.#answers += 1;
    const { provenBy, isSettled } = this.spec;
    if (this.#answers < provenBy || isSettled?.() === false) return;
    this.#isProven = true;
    // From now on it is a seam of its own, which the present plan does not know.
    this.plan = null;
  }

  /** Why it is not compared now; `null` when it is. */
  get unproven(): UnprovenReason | null {
    if (this.spec.unproven !== null) return this.spec.unproven;
    if (!this.isProven) return 'unknown';
    const { streams } = this.counts;
    return streams > 0 && streams >= this.requests ? 'stream' : null;
  }
}
