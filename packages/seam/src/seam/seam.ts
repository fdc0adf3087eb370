import type { Random } from '@falsework/core/ports';
import type { Plane } from '../plane/plane.ts';
import { checkOptions } from './check-options.ts';
import { compilePlan } from './compile-plan.ts';
import { type Home, sharedHome } from './home.ts';
import type { Plan } from './plan.ts';
import { register } from './registry.ts';
import { SeamCore } from './seam-core.ts';
import { reportOf } from './seam-report.ts';
import type { AnyFunction, Seam, SeamHandle, SeamOptions } from './types.ts';

/**
 * Puts a legacy and a candidate implementation behind one function of exactly legacy's type. Legacy
 * serves; calls that are sampled are run on the candidate as well, off the caller's path, and the
 * answers are compared. The caller gets legacy's answer, error and timing whatever the candidate
 * does.
 *
 * Throws `FW_SEAM_OPTION`, `FW_SEAM_OPTION_UNKNOWN`, `FW_SEAM_EFFECTS_UNAVAILABLE` and what the
 * rules throw, all of them here; a call throws only what legacy throws.
 *
 * ```ts
 * import { ignore, seam, tolerance } from '@falsework/seam';
 *
 * export const quote = seam({
 *   name: 'pricing.quote',
 *   legacy: priceWithRules,
 *   candidate: priceWithEngine,
 *   effects: 'none',
 *   compare: [ignore('$.quotedAt'), tolerance('$.lines[*].tax', { abs: 0.005 })],
 * });
 * console.log(String(quote.report()));
 * ```
 */
export function seam<Fn extends AnyFunction>(options: SeamOptions<Fn>): Seam<Fn> {
  checkOptions(options);
  const home: Home = options.plane ? { plane: options.plane } : sharedHome();
  const core = new SeamCore(options as unknown as SeamOptions<AnyFunction>, home.plane.host);
  const { random } = core.host;
  let plan = compilePlan(core, home.plane);
  let untilTaken = callsUntilTaken(plan.takenShare, random);
  const follow = (): void => {
    plan = recompiled(plan, home.plane);
    untilTaken = callsUntilTaken(plan.takenShare, random);
  };

  // Not an arrow function and without named parameters: `this` and the number of arguments must
  // reach legacy as they are, and V8 hands `arguments` on without making an object of it.
  const seamed = function (this: unknown): unknown {
    if (home.plane.generation !== plan.generation) follow();
    if (untilTaken > 0) {
      untilTaken -= 1;
      plan.seam.legacyHits += plan.directHits;
      return Reflect.apply(plan.direct, this, arguments);
    }
    untilTaken = callsUntilTaken(plan.takenShare, random);
    return plan.take(plan, this, arguments);
  };

  const handle: SeamHandle = {
    report: () => {
      if (home.plane.generation !== plan.generation) follow();
      return reportOf(plan, home.plane);
    },
    settled: () => core.engine.settled(),
  };
  register(seamed, { ...handle, source: () => plan.seam });
  return dressed(seamed, core.legacy, handle) as Seam<Fn>;
}

// The largest small integer of V8. A seam that takes nothing counts it down and then has one call
// watched.
const CALLS_MAX = 2 ** 30 - 1;

/**
 * How many calls go straight to legacy before the next one that is taken, when each is taken with
 * probability `share`. Drawing the gap instead of asking the dice at every call gives the same
 * sample, and costs an unsampled call one subtraction instead of 4 ns.
 */
function callsUntilTaken(share: number, random: Random): number {
  if (share >= 1) return 0;
  if (share <= 0) return CALLS_MAX;
  return Math.min(CALLS_MAX, Math.floor(Math.log(1 - random.next()) / Math.log(1 - share)));
}

/**
 * The plan for another snapshot. Should making it fail, legacy serves: a call must not pay for a
 * fault of ours.
 */
function recompiled(plan: Plan, plane: Plane): Plan {
  const { core } = plan;
  try {
    return compilePlan(core, plane);
  } catch {
    core.engine.countFault();
    const { generation } = plane;
    return { ...plan, generation, direct: core.legacy, directHits: 1, takenShare: 0, sample: 0 };
  }
}

/** Gives the seam legacy's name, length and whatever else hangs on it, beside the handle. */
function dressed(seamed: () => unknown, legacy: AnyFunction, handle: object): unknown {
  // Inherited and not copied, so that what is set on legacy later is seen as well.
  Object.setPrototypeOf(seamed, legacy);
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(seamed, key, { value: legacy[key], configurable: true });
  }
  return Object.assign(seamed, handle);
}
