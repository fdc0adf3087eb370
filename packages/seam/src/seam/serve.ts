import type { FenceReason } from '@falsework/core/routing';
import { answerKind, watch } from './answers.ts';
import type { IncomingCall, Plan } from './plan.ts';
import type { SeamCore } from './seam-core.ts';
import { Serving } from './serving.ts';

/**
 * Serves a call from legacy. What legacy throws, returns or resolves to reaches the caller as it
 * is: the same object, and for a promise the very promise that legacy made, not a tick later.
 */
export function serveLegacy(plan: Plan, call: IncomingCall): unknown {
  return runSide(plan, Serving.begin(plan, 'legacy', call), call.self, call.args);
}

/**
 * Serves a call from the candidate. Where legacy may answer in its place, a candidate that fails
 * does not fail its caller: legacy does answer, from the input as it was before the candidate had
 * it.
 */
export function serveCandidate(plan: Plan, call: IncomingCall): unknown {
  const { core } = plan;
  const { self, args, isSampled } = call;
  if (!plan.hasFallback) return runSide(plan, Serving.begin(plan, 'candidate', call), self, args);
  // A sampled call keeps a copy of its own.
  const kept = isSampled ? null : copyOf(core, args);
  const serving = Serving.begin(plan, 'candidate', call);
  const fallBack = (error: unknown): unknown => {
    const untouched = serving.call?.inputs ?? kept;
    // An input too large to copy is all that legacy can be given; declared free of effects, the
    // candidate left it alone.
    const inputs = untouched === null ? args : (copyOf(core, untouched) ?? args);
    return runSide(plan, serving.fallBack(error), self, inputs);
  };
  let answer: unknown;
  try {
    answer = serving.apply(core.candidate, self, args);
  } catch (error) {
    return fallBack(error);
  }
  if (answerKind(answer) !== 'promise') return told(serving, answer);
  const answered = (value: unknown): unknown => {
    serving.answered(value);
    return value;
  };
  return Reflect.apply(Promise.prototype.then, answer, [answered, fallBack]);
}

/**
 * Serves a call from the candidate, unless its store is known, or not known not, to lack something
 * that was written of its key: then legacy, which has it. Only what gives a promise has a fence.
 */
export async function serveBehindFence(
  plan: Plan,
  call: IncomingCall,
  asked: Promise<FenceReason | null>,
): Promise<unknown> {
  const reason = await asked;
  const isForLegacy = reason === 'unknown' ? plan.doubtServes === 'legacy' : reason !== null;
  if (!isForLegacy) return serveCandidate(plan, call);
  plan.seam.countFenced();
  return serveLegacy(plan, call);
}

/** Runs the side that the call is on, with nothing to fall back on. */
function runSide(
  { core, seam }: Plan,
  serving: Serving,
  self: unknown,
  args: ArrayLike<unknown>,
): unknown {
  if (serving.side === 'legacy') seam.legacyHits += 1;
  let answer: unknown;
  try {
    answer = serving.apply(core.functionOf(serving.side), self, args);
  } catch (error) {
    serving.failed(error);
    throw error;
  }
  return told(serving, answer);
}

/**
 * Tells how the call was answered, now or when its promise settles, and hands the answer on as it
 * is.
 */
function told(serving: Serving, answer: unknown): unknown {
  const kind = answerKind(answer);
  if (kind === 'value') serving.answered(answer);
  else if (kind === 'lazy') serving.leftAlone();
  else if (!watch(answer as Promise<unknown>, serving)) serving.leftAlone();
  return answer;
}

function copyOf(core: SeamCore, args: ArrayLike<unknown>): readonly unknown[] | null {
  const copied = core.copying.inputs(Array.from(args));
  return copied.isCopied ? (copied.value as readonly unknown[]) : null;
}
