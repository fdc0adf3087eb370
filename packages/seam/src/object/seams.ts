import { fault } from '@falsework/core/errors';
import type { MethodName } from '../effects/effects-options.ts';
import { seam } from '../seam/seam.ts';
import type { AnyFunction, SeamOptions } from '../seam/types.ts';
import { facadeOf } from './facade.ts';
import type { CommonOptions, MethodSeams, Seams } from './seams-types.ts';

/**
 * Puts two implementations of one interface behind one object of exactly legacy's type. Each method
 * that is named becomes a seam of its own, with its own report; everything else is legacy's, called
 * on legacy. Each side's methods are called on that side's object, so state that a side keeps in
 * `this` stays its own.
 *
 * Throws `FW_SEAM_METHOD` for a name that is no method on both sides, and what {@link seam} throws.
 *
 * ```ts
 * import { seams } from '@falsework/seam';
 *
 * export const gateway = seams(new RulesGateway(), new EngineGateway(), {
 *   quote: { effects: 'none', key: ([cart]) => cart.account },
 *   charge: { effects: 'recorded', isCritical: true },
 * });
 * console.log(String(gateway.quote.report()));
 * ```
 */
export function seams<Legacy extends object, Name extends MethodName<Legacy>>(
  legacy: Legacy,
  candidate: Pick<NoInfer<Legacy>, NoInfer<Name>>,
  methods: MethodSeams<Legacy, Name>,
  common: CommonOptions = {},
): Seams<Legacy, Name> {
  const { name: owner = classNameOf(legacy), ...shared } = common;
  const named = new Map<string, AnyFunction>();
  for (const [method, options] of Object.entries<object>(methods)) {
    named.set(
      method,
      seam({
        name: `${owner}.${method}`,
        ...shared,
        ...options,
        legacy: calledOn(legacy, method, { seams: owner, side: 'legacy' }),
        candidate: calledOn(candidate, method, { seams: owner, side: 'candidate' }),
      } as SeamOptions<AnyFunction>),
    );
  }
  return facadeOf(legacy, named) as Seams<Legacy, Name>;
}

function classNameOf(legacy: object): string {
  const { name } = legacy.constructor ?? {};
  return name === undefined || name === '' || name === 'Object' ? 'object' : name;
}

interface Owner {
  readonly seams: string;
  readonly side: 'legacy' | 'candidate';
}

/**
 * A method that is always called on its own object. Looked up at each call: who replaces it on the
 * object, such as a tracer or a test, replaces it here as well.
 */
function calledOn(subject: object, method: string, { seams: owner, side }: Owner): AnyFunction {
  const original: unknown = Reflect.get(subject, method);
  if (typeof original !== 'function') {
    throw fault('FW_SEAM_METHOD', { seams: owner, method, side });
  }
  const holder = subject as Readonly<Record<string, AnyFunction>>;
  const called = function (): unknown {
    return Reflect.apply(holder[method] as AnyFunction, holder, arguments);
  };
  Object.setPrototypeOf(called, original);
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(called, key, { value: original[key], configurable: true });
  }
  return called;
}
