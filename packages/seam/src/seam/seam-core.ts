import { type Comparator, createComparator, type Rule } from '@falsework/core/compare';
import { type Finding, SketchRecorder } from '@falsework/core/evidence';
import { DEFAULT_POLICY } from '@falsework/core/policy';
import type { Side } from '@falsework/core/routing';
import type { Host } from '../engine/host.ts';
import { createRedactor, type Redactor } from '../engine/redactor.ts';
import { ShadowEngine, type ShadowLimits } from '../engine/shadow-engine.ts';
import { type Copying, copyingWith } from './copying.ts';
import type { AnyFunction, SeamOptions } from './types.ts';

// A shadow's comparison is done in one go, so it bounds how long it can block the loop: this many
// values take about twenty milliseconds, and answers that were copied for it have twenty thousand
// at most.
const COMPARISON_NODES_MAX = 200_000;
// Examples are cut to a tenth of this, after redaction: a secret that was cut in half would not be
// recognised.
const COMPARISON_TEXT_MAX = 2_000;

/** Everything about one seam that does not change with the snapshot. */
export class SeamCore {
  readonly name: string;
  readonly legacy: AnyFunction;
  readonly candidate: AnyFunction;
  /** True when `effects: 'none'` was declared: both sides may be run freely. */
  readonly isReadOnly: boolean;
  readonly sampleMax: number;
  readonly hasKey: boolean;
  readonly host: Host;
  readonly engine: ShadowEngine<unknown>;
  readonly copying: Copying;
  readonly comparator: Comparator;
  readonly redactor: Redactor;
  /** What sampling added to calls while their callers waited. */
  readonly addedMs = new SketchRecorder();
  /** Calls that the candidate failed and legacy answered after all. */
  fallbacks = 0;
  readonly #options: SeamOptions<AnyFunction>;
  #limits: ShadowLimits = DEFAULT_POLICY.shadow;

  constructor(options: SeamOptions<AnyFunction>, host: Host) {
    const { name, legacy, candidate, compare = [] } = options;
    this.name = name;
    this.legacy = legacy;
    this.candidate = candidate;
    this.isReadOnly = options.effects === 'none';
    this.sampleMax = options.sample ?? 1;
    this.hasKey = options.key !== undefined;
    this.host = host;
    this.engine = new ShadowEngine({ host, limits: () => this.#limits });
    this.copying = copyingWith(options.clone);
    this.comparator = 'outcomes' in compare ? compare : comparatorOf(compare);
    this.redactor = createRedactor({ salt: String(host.random.next()) });
    this.#options = options;
  }

  functionOf(side: Side): AnyFunction {
    return side === 'legacy' ? this.legacy : this.candidate;
  }

  /** Takes over the limits of a snapshot, but for what the seam was told itself. */
  limitTo(limits: ShadowLimits): void {
    const { timeoutMs } = this.#options;
    this.#limits = timeoutMs === undefined ? limits : { ...limits, timeoutMs };
  }

  /** Why the candidate is not well, for the plane's report on health; `null` when it is. */
  unwellness(): string | null {
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
