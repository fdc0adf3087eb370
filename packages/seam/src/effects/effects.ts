import { types } from 'node:util';
import type { EffectLog, NotedAnswer } from '../run/effect-log.ts';
import { currentScope, declared, type ShadowScope } from '../run/scope.ts';
import { answerKind, watch } from '../seam/answers.ts';
import { type EffectsOptions, type MethodKind, methodKinds } from './effects-options.ts';

type Method = (...args: unknown[]) => unknown;

/**
 * Wraps a collaborator, such as a repository or a mailer, so that a seam with effects `recorded`
 * can run the other side without doing anything twice. Everywhere else the wrapper hands every call
 * on as it is, to the same object, with the same answer.
 *
 * While a sampled call is served, writes are done and noted. In a shadow run, reads are done and
 * writes are only recorded, with their arguments; the run gets what the authority got for the same
 * call, else what `answers` says, else `undefined`. What both sides meant to do is then compared
 * like an answer, at `$.effects`.
 *
 * Wrap what the functions behind the seam call directly. A buffer or a batch between them and the
 * wrapper would mix calls of callers with those of shadow runs.
 *
 * Throws `FW_SEAM_EFFECTS_METHOD` and `FW_SEAM_OPTION_UNKNOWN`, here and not when it is called.
 *
 * ```ts
 * const ledger = effects(ledgerClient, { reads: ['rates'], remembered: ['balance'], writes: ['insert'] });
 * const charge = seam({
 *   name: 'payments.charge',
 *   legacy: (order: Order) => chargeV1(ledger, order),
 *   candidate: (order: Order) => chargeV2(ledger, order),
 *   effects: 'recorded',
 * });
 * ```
 */
export function effects<Collaborator extends object>(
  collaborator: Collaborator,
  options: EffectsOptions<Collaborator>,
): Collaborator {
  const name = options.name ?? classNameOf(collaborator);
  const kinds = methodKinds(collaborator, options, name);
  const answers = (options.answers ?? {}) as Readonly<Record<string, Method>>;
  const wrapped = new Map<string, { readonly method: Method; readonly wrapper: Method }>();

  const methodOf = (key: string, method: Method): Method => {
    const known = wrapped.get(key);
    if (known?.method === method) return known.wrapper;
    const effect = name === '' ? key : `${name}.${key}`;
    const kind = kinds.get(key) ?? 'unlisted';
    const wrapper = wrapMethod({ collaborator, effect, kind, method, answer: answers[key] });
    wrapped.set(key, { method, wrapper });
    return wrapper;
  };
  return new Proxy(standInTarget(collaborator), {
    get: (_, key) => {
      const value: unknown = Reflect.get(collaborator, key, collaborator);
      return isWrapped(key, value) ? methodOf(key as string, value as Method) : value;
    },
    set: (_, key, value) =>
      isRefused(`${name}.${String(key)} =`) || Reflect.set(collaborator, key, value, collaborator),
    deleteProperty: (_, key) =>
      isRefused(`delete ${name}.${String(key)}`) || Reflect.deleteProperty(collaborator, key),
    has: (_, key) => Reflect.has(collaborator, key),
    ownKeys: () => Reflect.ownKeys(collaborator),
    getOwnPropertyDescriptor: (_, key) => {
      const property = Object.getOwnPropertyDescriptor(collaborator, key);
      return property === undefined ? property : { ...property, configurable: true };
    },
  });
}

/**
 * The proxy stands on an empty object of the same class: one on the collaborator itself would have
 * to show the methods of a frozen one as they are.
 */
function standInTarget<Collaborator extends object>(collaborator: Collaborator): Collaborator {
  return Object.create(Object.getPrototypeOf(collaborator) as object | null) as Collaborator;
}

function classNameOf(collaborator: object): string {
  const { name } = collaborator.constructor ?? {};
  return name === undefined || name === 'Object' ? '' : name;
}

/** What every object has by birth does nothing to the world. */
function isWrapped(key: PropertyKey, value: unknown): boolean {
  return typeof value === 'function' && typeof key === 'string' && !(key in Object.prototype);
}

interface WrappedMethod {
  readonly collaborator: object;
  readonly effect: string;
  readonly kind: MethodKind;
  readonly method: Method;
  readonly answer: Method | undefined;
}

function wrapMethod({ collaborator, effect, kind, method, answer }: WrappedMethod): Method {
  // Whether nothing must be a promise of nothing is known from the function, or from its answers.
  let isAsync = types.isAsyncFunction(method);
  const forReal = (args: unknown[]): unknown => {
    const given: unknown = Reflect.apply(method, collaborator, args);
    isAsync ||= types.isPromise(given);
    return given;
  };
  const inShadow = (scope: ShadowScope, args: unknown[]): unknown => {
    if (kind === 'unlisted') return refused(scope, effect, isAsync);
    if (kind === 'read') return declared(scope, () => forReal(args));
    const { run } = scope;
    const given = run.standIn(effect, args);
    if (kind === 'remembered') {
      return given === null ? declared(scope, () => forReal(args)) : replay(given);
    }
    if (run.log === null) return refused(scope, effect, isAsync);
    run.log.note(effect, args, true);
    if (given !== null) return replay(given);
    if (answer !== undefined) return answer(...args);
    return isAsync ? Promise.resolve() : undefined;
  };
  return (...args) => {
    const scope = currentScope();
    if (scope === undefined) return forReal(args);
    if (scope.kind === 'shadow') return inShadow(scope, args);
    const isNoted = kind === 'write' || kind === 'remembered';
    return isNoted ? noted({ logs: scope.logs, effect, kind, args }, forReal) : forReal(args);
  };
}

interface ServedCall {
  readonly logs: readonly EffectLog[];
  readonly effect: string;
  readonly kind: MethodKind;
  readonly args: unknown[];
}

/** Does what a served call asks for, and notes it. The answer is handed on untouched. */
function noted(
  { logs, effect, kind, args }: ServedCall,
  forReal: (args: unknown[]) => unknown,
): unknown {
  const calls = logs.map((log) => [log, log.note(effect, args, kind === 'write')] as const);
  const note = (answer: NotedAnswer): void => {
    for (const [log, call] of calls) if (call !== null) log.answered(call, answer);
  };
  let given: unknown;
  try {
    given = forReal(args);
  } catch (error) {
    note({ ok: false, error, isPromise: false });
    throw error;
  }
  const kindOfAnswer = answerKind(given);
  if (kindOfAnswer === 'value') note({ ok: true, value: given, isPromise: false });
  if (kindOfAnswer === 'promise') {
    watch(given as Promise<unknown>, {
      answered: (value) => note({ ok: true, value, isPromise: true }),
      failed: (error) => note({ ok: false, error, isPromise: true }),
    });
  }
  return given;
}

function replay(given: NotedAnswer): unknown {
  if (given.ok) return given.isPromise ? Promise.resolve(given.value) : given.value;
  if (!given.isPromise) throw given.error;
  const rejected = Promise.reject(given.error as Error);
  // A side that does not wait for its write must not end the process with a rejection of ours.
  rejected.catch(() => {});
  return rejected;
}

/**
 * Ends shadowing of the seam. The call is not made, and nothing is thrown either: in a part of the
 * side that nobody awaits, an error of ours would end the process. What was to be awaited never
 * settles, so that the side goes no further; it has been given up already.
 */
function refused({ run }: ShadowScope, effect: string, isAsync: boolean): unknown {
  run.undeclared(`called ${effect}, which is not among its declared effects`);
  return isAsync ? new Promise(() => {}) : undefined;
}

/** True within a shadow run, which then counts as one that did what was not declared. */
function isRefused(effect: string): boolean {
  const scope = currentScope();
  if (scope?.kind !== 'shadow') return false;
  refused(scope, effect, false);
  return true;
}
