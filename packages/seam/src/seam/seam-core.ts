import { type Comparator, createComparator, type Rule } from '@falsework/core/compare';
import {
  compared,
  differing,
  type Finding,
  NO_VERDICTS,
  SketchRecorder,
  type Verdict,
} from '@falsework/core/evidence';
import { DEFAULT_POLICY } from '@falsework/core/policy';
import { compileRedaction, type Redaction } from '@falsework/core/redact';
import {
  type ReadFence,
  type Side,
  type Snapshot,
  StrataSampler,
  type StrataTerms,
} from '@falsework/core/routing';
import { BlockWatch } from '../engine/block-watch.ts';
import { CountedFence } from '../engine/counted-fence.ts';
import type { Host } from '../engine/host.ts';
import { loopWatchOf } from '../engine/loop-watch.ts';
import { createRedactor, type Redactor } from '../engine/redactor.ts';
import { ShadowEngine, type ShadowLimits } from '../engine/shadow-engine.ts';
import type { ShedReason } from '../engine/shed.ts';
import { Iterations } from '../iterable/iterations.ts';
import { allowList, type MayCall } from '../rail/allow-list.ts';
import { type Copying, copyingWith } from './copying.ts';
import type { AnyFunction, Effects, SeamOptions } from './types.ts';

// A shadow's comparison is done in one go, so it bounds how long it can block the loop: this many
// values take about twenty milliseconds, and answers that were copied for it have twenty thousand
// at most.
const COMPARISON_NODES_MAX = 200_000;
// Examples are cut to a tenth of this, after redaction: a secret that was cut in half would not be
// recognised.
const COMPARISON_TEXT_MAX = 2_000;
// Above this a loop has no room for guests: callers already wait for each other, and every shadow
// run makes all of them wait longer.
const BUSY_SHARE_MAX = 0.9;
// Items of an iterable that are compared: enough for a page of anything that people look at.
const ITEMS_MAX = 1_000;
const TIMED_EACH = 16;
// The default confidence of a proof. How long a rare stratum is looked at more closely hardly
// depends on it; whether it is proven, control decides.
const ALPHA = 0.05;

/** Everything about one seam that does not change with the snapshot. */
export class SeamCore {
  readonly name: string;
  readonly legacy: AnyFunction;
  readonly candidate: AnyFunction;
  readonly effects: Effects | undefined;
  /** True when `effects: 'none'` was declared: both sides may be run freely. */
  readonly isReadOnly: boolean;
  /** True when the other side may be run beside the one that serves. */
  readonly isShadowable: boolean;
  /** True when what both sides do beside answering is noted and compared. */
  readonly notesEffects: boolean;
  /** True when legacy answers for a candidate that fails its caller. */
  readonly fallsBack: boolean;
  readonly sampleMax: number;
  readonly hasKey: boolean;
  readonly hasStrata: boolean;
  readonly host: Host;
  readonly engine: ShadowEngine<unknown>;
  readonly copying: Copying;
  readonly iterations: Iterations;
  readonly comparator: Comparator;
  readonly redactor: Redactor;
  readonly redaction: Redaction;
  readonly mayCall: MayCall;
  /** What the candidate is asked about before it answers; `null` where nothing was given. */
  readonly fence: CountedFence | null;
  /** What shadow runs did to the event loop. */
  readonly blocks: BlockWatch;
  /** What sampling added to calls while their callers waited. */
  readonly addedMs = new SketchRecorder();
  /** Calls that the candidate failed and legacy answered after all. */
  fallbacks = 0;
  #watched = 0;
  readonly #options: SeamOptions<AnyFunction>;
  #limits: ShadowLimits = DEFAULT_POLICY.shadow;
  #stoppedBecause: string | null = null;
  #strata: { readonly step: string; readonly sampler: StrataSampler } | null = null;

  constructor(options: SeamOptions<AnyFunction>, host: Host) {
    const { name, legacy, candidate, effects, compare = [] } = options;
    this.name = name;
    this.legacy = legacy;
    this.candidate = candidate;
    this.effects = effects;
    this.isReadOnly = effects === 'none';
    this.notesEffects = effects === 'recorded' || effects === 'rolled-back';
    this.isShadowable = this.isReadOnly || this.notesEffects;
    this.fallsBack = options.fallback ?? this.isReadOnly;
    this.sampleMax = options.sample ?? 1;
    this.hasKey = options.key !== undefined;
    this.hasStrata = options.stratum !== undefined;
    this.host = host;
    // The type knows of it only where a promise is given, and this one is for any function.
    const fence = options.fence as ReadFence | undefined;
    this.fence = fence === undefined ? null : new CountedFence(fence, host.clock);
    this.blocks = new BlockWatch(host.clock);
    const refuse = refusalOf(this.blocks, host, options.busyMax ?? BUSY_SHARE_MAX);
    this.engine = new ShadowEngine({ host, limits: () => this.#limits, refuse });
    this.copying = copyingWith(options.clone);
    this.iterations = new Iterations({
      clock: host.clock,
      copying: this.copying,
      itemsMax: options.itemsMax ?? ITEMS_MAX,
      onFault: () => this.engine.countFault(),
    });
    this.comparator = 'outcomes' in compare ? compare : comparatorOf(compare);
    this.redaction = compileRedaction(options.redact);
    const salt = String(host.random.next());
    this.redactor = createRedactor({ salt, redaction: this.redaction });
    this.mayCall = allowList(options.mayCall ?? []);
    this.#options = options;
  }

  /**
   * True for the first watched call and for each sixteenth after it: what sampling adds is measured
   * on these. Reading the clock twice more would cost every call a fifth of what it adds.
   */
  isNextTimed(): boolean {
    this.#watched = (this.#watched + 1) % TIMED_EACH;
    return this.#watched === 1;
  }

  functionOf(side: Side): AnyFunction {
    return side === 'legacy' ? this.legacy : this.candidate;
  }

  /** Takes over the limits of a snapshot, but for what the seam was told itself. */
  limitTo(limits: ShadowLimits): void {
    const { timeoutMs } = this.#options;
    this.#limits = timeoutMs === undefined ? limits : { ...limits, timeoutMs };
  }

  /**
   * Who decides by stratum under this snapshot; `null` where strata make no difference. What it has
   * counted holds for one step of an epoch, as evidence does.
   */
  strataFor(snapshot: Snapshot, sample: number): StrataSampler | null {
    if (!this.hasStrata || sample <= 0 || sample >= 1) return null;
    const step = `${snapshot.epoch} ${snapshot.step}`;
    const own = (snapshot.strata ?? []).filter(({ seam }) => seam === this.name);
    const terms: StrataTerms = {
      sample,
      claim: { rateMax: snapshot.alarm.rateOk, alpha: ALPHA },
      needs: new Map(own.map((need) => [need.stratum, need])),
    };
    if (this.#strata?.step === step) this.#strata.sampler.follow(terms);
    else this.#strata = { step, sampler: new StrataSampler(terms) };
    return this.#strata.sampler;
  }

  /** Notes what came of a call of this stratum. */
  noteCompared(stratum: string, verdict: Verdict): void {
    if (this.#strata === null) return;
    const counts = { ...NO_VERDICTS, [verdict]: 1 };
    if (compared(counts) > 0) this.#strata.sampler.compared(stratum, differing(counts) > 0);
  }

  /** Why shadow runs of the seam were ended for good; `null` when they were not. */
  get stoppedBecause(): string | null {
    return this.#stoppedBecause;
  }

  /**
   * Ends shadow runs of this seam until the process restarts, because one did what the declared
   * effects do not allow: the next one would do it again.
   */
  stop(side: Side, what: string): void {
    if (this.#stoppedBecause !== null) return;
    this.#stoppedBecause = `the ${side} ${what}`;
    this.engine.halt('stopped');
    this.host.warn?.(
      `Shadow runs of the seam ${this.name} are stopped until this process restarts: ` +
        `${this.#stoppedBecause}. Callers are served as before.`,
    );
  }

  /** Why the candidate is not well, for the plane's report on health; `null` when it is. */
  unwellness(): string | null {
    if (this.#stoppedBecause !== null) return `${this.name}: ${this.#stoppedBecause}`;
    return this.engine.refusal() === 'hanging' ? `${this.name}: shadow runs never end` : null;
  }

  /**
   * The entity of a call; `null` when it names none, or when the function that should say so fails.
   */
  keyOf(args: ArrayLike<unknown>): string | null {
    const { key } = this.#options;
    if (key === undefined) return null;
    try {
      const named: unknown = key(Array.from(args) as never);
      return typeof named === 'string' ? named : null;
    } catch {
      this.engine.countFault();
      return null;
    }
  }

  /**
   * The stratum of a call. What cannot be classified is a stratum of its own, and must prove itself
   * like any other.
   */
  stratumOf(args: ArrayLike<unknown>): string {
    const { stratum } = this.#options;
    if (stratum === undefined) return '';
    try {
      const named: unknown = stratum(Array.from(args) as never);
      if (typeof named === 'string') return named;
    } catch {
      // Counted below, like a stratum that is no text.
    }
    this.engine.countFault();
    return '(unclassified)';
  }

  isCritical(findings: readonly Finding[]): boolean {
    const { isCritical = false } = this.#options;
    return typeof isCritical === 'boolean' ? isCritical : findings.some((each) => isCritical(each));
  }
}

function comparatorOf(rules: readonly Rule[]): Comparator {
  const limits = { nodesMax: COMPARISON_NODES_MAX, textLengthMax: COMPARISON_TEXT_MAX };
  return createComparator({ rules, limits });
}

/** When shadow runs would take from callers what is theirs: the event loop. */
function refusalOf(blocks: BlockWatch, host: Host, busyMax: number): () => ShedReason | null {
  const loop = loopWatchOf(host);
  return () => {
    if (blocks.isCooling) return 'blocking';
    return busyMax < 1 && loop.busyShare > busyMax ? 'cpu' : null;
  };
}
