import { context } from './async-context.ts';
import type { EffectLog } from './effect-log.ts';
import type { ShadowRun } from './shadow-run.ts';

/** A sampled call while it is served: what it does is done, and noted. */
export interface ServedScope {
  readonly kind: 'served';
  /** More than one where a seam is called within another. */
  readonly logs: readonly EffectLog[];
}

/** A shadow run: what it means to do is not done. */
export interface ShadowScope {
  readonly kind: 'shadow';
  readonly run: ShadowRun;
  /** True within a call that was declared, such as a read of a collaborator: it may go out. */
  readonly isDeclared: boolean;
}

/** What the code that runs now is part of. */
export type Scope = ServedScope | ShadowScope;

/** The scope of the code that runs now; `undefined` outside of sampled calls. */
export function currentScope(): Scope | undefined {
  return context.getStore() as Scope | undefined;
}

/** The shadow run that the code which runs now is part of. */
export function currentShadow(): ShadowScope | undefined {
  const scope = currentScope();
  return scope?.kind === 'shadow' ? scope : undefined;
}

/** Calls `body` within a scope, with everything that it awaits. */
export function within<Result>(scope: Scope, body: () => Result): Result {
  return context.run(scope, body);
}

/** Calls `body` as something that the run has declared. */
export function declared<Result>(scope: ShadowScope, body: () => Result): Result {
  return scope.isDeclared ? body() : context.run({ ...scope, isDeclared: true }, body);
}
