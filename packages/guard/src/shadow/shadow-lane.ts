import type { Comparator } from '@falsework/core/compare';
import type { Redaction } from '@falsework/core/redact';
import type { Side } from '@falsework/core/routing';
import { type CountedFence, type Host, type Redactor, ShadowEngine } from '@falsework/seam/engine';
import type { Plane, PlaneSeam } from '@falsework/seam/plane';
import type { CriticalRule } from '../compare/critical.ts';
import type { Follow } from '../http/open-writes.ts';
import type { Upstream } from '../http/upstream.ts';
import type { ReadValue } from '../routes/key-source.ts';
import type { CaptureBudget } from './capture.ts';
import type { HttpAnswer } from './http-answer.ts';

/** What all shadows of a guard share. */
export interface ShadowContext {
  readonly host: Host;
  readonly plane: Plane;
  readonly upstreams: Readonly<Record<Side, Upstream>>;
  readonly budget: CaptureBudget;
  readonly redactor: Redactor;
  /** The longest body that is compared whole, as sent and once decoded. */
  readonly bodyBytesMax: number;
  /** Lower-case names of the compared headers. */
  readonly headers: readonly string[];
  /** The response header in which a side names its build, lower case. */
  readonly buildHeader: string;
  /** `null` where no write reaches both sides, and both call everything the same. */
  readonly follow: Follow | null;
  /** Asks both stores, where something else than this guard keeps them equal; else `null`. */
  readonly fence: CountedFence | null;
}

/** How one route is shadowed. */
export interface LaneSettings {
  readonly comparator: Comparator;
  /** What is taken out of a pair before it is kept, beside what looks like a secret. */
  readonly redaction: Redaction;
  readonly readStratum: ReadValue | null;
  readonly critical: CriticalRule;
  /** `null`: the policy's. */
  readonly timeoutMs: number | null;
  /** True of a write: the candidate is asked to leave it undone. */
  readonly isDryRun?: boolean;
  /** The longest body that is compared whole; `null`: the guard's. */
  readonly bodyBytesMax: number | null;
}

/** Everything about the shadows of one seam that does not change from one request to the next. */
export class ShadowLane {
  readonly context: ShadowContext;
  readonly seam: PlaneSeam;
  readonly settings: LaneSettings;
  readonly engine: ShadowEngine<HttpAnswer>;

  constructor(context: ShadowContext, seam: PlaneSeam, settings: LaneSettings) {
    this.context = context;
    this.seam = seam;
    this.settings = settings;
    const { timeoutMs } = settings;
    const { host, plane, upstreams } = context;
    this.engine = new ShadowEngine({
      host,
      limits: () => {
        const { shadow } = plane.snapshot;
        return timeoutMs === null ? shadow : { ...shadow, timeoutMs };
      },
      // What waits in the queue when the candidate begins to hang is not run into it one by one.
      refuse: () => {
        const { legacy, candidate } = upstreams;
        if (candidate.patience.isSpent(host.clock.monotonicMs())) return 'not-answering';
        // Either may be asked: legacy where the candidate serves, and for its own noise.
        const isFull = candidate.isFull('shadowing') || legacy.isFull('shadowing');
        return isFull ? 'queue-full' : null;
      },
    });
    plane.load.watch(this.engine);
  }
}
