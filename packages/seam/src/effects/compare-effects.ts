import { type Comparator, type Comparison, createComparator } from '@falsework/core/compare';
import type { Finding } from '@falsework/core/evidence';
import { fingerprint } from '@falsework/core/text';
import { type JudgementScope, judgementOf } from '../engine/findings.ts';
import type { Judgement } from '../engine/job.ts';
import type { NotedCall } from '../run/effect-log.ts';
import { type Alignment, alignEffects, outOfOrder } from './align-effects.ts';

/**
 * How two sides differ in what they do beside answering.
 *
 * - `effect-missing`: legacy does it and the candidate does not
 * - `effect-extra`: the candidate does it and legacy does not
 * - `effect-order`: both do it, at another place among the others
 * - `effect-arguments`: both do it, with other arguments
 */
export type EffectKind = 'effect-missing' | 'effect-extra' | 'effect-order' | 'effect-arguments';

/** One effect as rules see it, in the list at `$.effects`. */
interface EffectItem {
  readonly effect: string;
  readonly args: readonly unknown[];
}

/** What a run did, or meant to do, as a document: what rules on `$.effects` apply to. */
function effectsDocument(calls: readonly NotedCall[]): {
  readonly effects: readonly EffectItem[];
} {
  return { effects: calls.map(({ effect, args }) => ({ effect, args })) };
}

/** True when two calls are one under the rules. */
export function isSameCall(
  comparator: Comparator,
  legacy: NotedCall,
  candidate: NotedCall,
): boolean {
  const [one, other] = [effectsDocument([legacy]), effectsDocument([candidate])];
  return comparator.values(one, other).result === 'equal';
}

// Two sides with more causes than this do different things, and the first ones say so.
const FINDINGS_MAX = 20;

/**
 * Compares what both sides did beside answering. The seam's own rules decide whether they are
 * alike: `unordered('$.effects')` where order does not matter,
 * `ignore('$.effects[*].args[0].at')` for what each side makes up by itself. Where they are not,
 * each difference is named by the effect that it concerns.
 */
export function compareEffects(
  comparator: Comparator,
  calls: { readonly legacy: readonly NotedCall[]; readonly candidate: readonly NotedCall[] },
  of: JudgementScope,
): Judgement {
  // One numbering of secrets for all that is shown of the pair.
  const scope = { ...of, redactor: of.redactor.forPair() };
  const whole = comparator.values(effectsDocument(calls.legacy), effectsDocument(calls.candidate));
  if (whole.result !== 'different') return { result: whole.result, findings: [] };
  const findings = new Explainer(comparator, calls, scope).explain();
  // A rule for one position in the list, say, may find a difference that no pair shows by itself.
  return findings.length === 0
    ? judgementOf(whole, scope)
    : { result: 'different', findings: findings.slice(0, FINDINGS_MAX) };
}

interface Seen {
  readonly kind: EffectKind;
  readonly effect: string;
  /** What comes after the effect in the template and in the path. */
  readonly inside?: { readonly template: string; readonly path: string };
  /** Tells causes at one place apart, such as another type and another number. */
  readonly detail?: readonly string[];
  readonly legacy: string;
  readonly candidate: string;
}

class Explainer {
  readonly #comparator: Comparator;
  readonly #legacy: readonly NotedCall[];
  readonly #candidate: readonly NotedCall[];
  readonly #scope: JudgementScope;

  constructor(
    comparator: Comparator,
    calls: { readonly legacy: readonly NotedCall[]; readonly candidate: readonly NotedCall[] },
    scope: JudgementScope,
  ) {
    this.#comparator = comparator;
    this.#legacy = calls.legacy;
    this.#candidate = calls.candidate;
    this.#scope = scope;
  }

  explain(): Finding[] {
    const alignment = alignEffects({
      legacy: this.#legacy,
      candidate: this.#candidate,
      isSame: (l, c) =>
        isSameCall(this.#comparator, this.#at('legacy', l), this.#at('candidate', c)),
    });
    const seen = [
      ...alignment.missing.map((at) => this.#oneSided('effect-missing', this.#at('legacy', at))),
      ...alignment.extra.map((at) => this.#oneSided('effect-extra', this.#at('candidate', at))),
      ...alignment.changed.flatMap(([l, c]) => this.#changed(l, c)),
      ...this.#moved(alignment.same),
    ];
    const byId = new Map(seen.map((each) => this.#findingOf(each)).map((each) => [each.id, each]));
    return [...byId.values()];
  }

  #at(side: 'legacy' | 'candidate', at: number): NotedCall {
    return (side === 'legacy' ? this.#legacy : this.#candidate)[at] as NotedCall;
  }

  #oneSided(kind: 'effect-missing' | 'effect-extra', call: NotedCall): Seen {
    const shown = shownCall(call);
    const isMissing = kind === 'effect-missing';
    const [legacy, candidate] = isMissing ? [shown, 'absent'] : ['absent', shown];
    return { kind, effect: call.effect, legacy, candidate };
  }

  #changed(l: number, c: number): Seen[] {
    const legacy = this.#at('legacy', l);
    const comparison = this.#comparator.values(
      effectsDocument([legacy]),
      effectsDocument([this.#at('candidate', c)]),
    );
    return comparison.causes.map((cause, index) => {
      const example = comparison.differences.find((difference) => difference.cause === index);
      return {
        kind: 'effect-arguments',
        effect: legacy.effect,
        inside: { template: afterItem(cause.template), path: afterItem(example?.path ?? '') },
        detail: [cause.kind, ...(cause.types ?? [])],
        legacy: example?.legacy ?? '',
        candidate: example?.candidate ?? '',
      };
    });
  }

  /**
   * Nothing where a rule says that order does not matter: then the pairs alone are no difference.
   */
  #moved(pairs: Alignment['same']): Seen[] {
    const moved = outOfOrder(pairs);
    if (moved.length === 0) return [];
    const inLegacy = pairs.map(([l]) => this.#at('legacy', l));
    const inCandidate = pairs.map(([, c]) => c).sort((a, b) => a - b);
    const calls = inCandidate.map((c) => this.#at('candidate', c));
    const ordered = this.#comparator.values(effectsDocument(inLegacy), effectsDocument(calls));
    if (ordered.result !== 'different') return [];
    const [legacy, candidate] = [inLegacy, calls].map((each) =>
      each.map(({ effect }) => effect).join(', '),
    ) as [string, string];
    return moved.map(([l]) => ({
      kind: 'effect-order',
      effect: this.#at('legacy', l).effect,
      legacy,
      candidate,
    }));
  }

  #findingOf({ kind, effect, inside, detail = [], legacy, candidate }: Seen): Finding {
    const { seam, redactor } = this.#scope;
    const { redact } = redactor;
    // A path that can be put into a rule as it stands.
    const place = `$.effects[?@.effect==${JSON.stringify(effect)}]`;
    const template = `${place}${inside?.template ?? ''}`;
    const path = `${place}${inside?.path ?? ''}`;
    // The collaborator's name says nothing of what its arguments are: `tokens.insert` inserts rows.
    const named = `$.effects[0]${inside?.path ?? ''}`;
    return {
      id: fingerprint(JSON.stringify([seam, template, kind, ...detail])),
      template: redact(template),
      kind,
      example: {
        path: redact(path),
        legacy: redact(legacy, named),
        candidate: redact(candidate, named),
      },
    };
  }
}

/** What comes after `$.effects[0]` or `$.effects[*]`. */
function afterItem(path: string): string {
  return path.replace(/^\$\.effects\[(?:\d+|\*)\]/, '');
}

const PLAIN = createComparator({ limits: { textLengthMax: 2_000 } });

/** A call as people write it: `ledger.insert({"id":7})`. */
function shownCall({ effect, args }: NotedCall): string {
  const { differences }: Comparison = PLAIN.values([args], []);
  const shown = differences[0]?.legacy ?? '[]';
  return shown.endsWith(']') ? `${effect}(${shown.slice(1, -1)})` : `${effect}(${shown.slice(1)}`;
}
