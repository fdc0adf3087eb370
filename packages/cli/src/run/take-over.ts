import { isDeepStrictEqual } from 'node:util';
import type { LoadedConfig } from '@falsework/config';
import { fault } from '@falsework/core/errors';
import type { GuardPlan, ServedGuard } from './served-guard.ts';

/** Plans by the names of their migrations. */
type Plans = ReadonlyMap<string, GuardPlan>;

/**
 * Throws FW_GUARD_RELOAD for what no configuration can change while everything runs: where control
 * is, and which migrations there are.
 */
export function refuseOther(before: LoadedConfig, after: LoadedConfig): void {
  // Tokens are nobody's way to control but their owners'.
  const [was, is] = [before, after].map(({ control }) => ({ ...control, tokens: null }));
  if (!isDeepStrictEqual(was, is)) {
    throw fault('FW_GUARD_RELOAD', { setting: 'control', because: 'planes know where it is' });
  }
  const [old, next] = [before, after].map(({ migrations }) =>
    migrations.map(({ name, guard }) => [name, guard === null]),
  );
  if (isDeepStrictEqual(old, next)) return;
  throw fault('FW_GUARD_RELOAD', { setting: 'name', because: 'each migration has its own state' });
}

/**
 * Takes all guards over to new plans, or none of them: what one refuses the others give back.
 * Rejects with why.
 */
export async function takeOver(
  guards: ReadonlyMap<string, ServedGuard>,
  { before, after }: { readonly before: Plans; readonly after: Plans },
): Promise<void> {
  const taken: string[] = [];
  try {
    for (const [name, guard] of guards) {
      await guard.reload(after.get(name) as GuardPlan);
      taken.push(name);
    }
  } catch (error) {
    const back = taken.map((name) => guards.get(name)?.reload(before.get(name) as GuardPlan));
    await Promise.allSettled(back);
    throw error;
  }
}
