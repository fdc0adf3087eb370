import { type Environment, loadConfig } from '@falsework/config';
import { fault } from '@falsework/core/errors';
import type { GuardOptions } from '@falsework/guard';
import { type FencedStores, fencedStores } from './guard-fence.ts';

/**
 * Where the options of a guard come from, as it goes from process to process. A configuration may
 * hold functions, which do not: whoever needs them reads it again.
 */
export type GuardSource =
  | { readonly kind: 'options'; readonly options: GuardOptions }
  | {
      readonly kind: 'config';
      readonly cwd: string;
      readonly file: string | null;
      readonly flags: object;
      readonly migration: string;
    };

/** What a source says: the options of a guard, and the stores that it asks before it serves. */
export interface ReadSource {
  readonly options: GuardOptions;
  readonly stores: FencedStores | null;
}

/** Reads a source. Rejects with what is wrong with the configuration. */
export async function readSource(source: GuardSource, env: Environment): Promise<ReadSource> {
  if (source.kind === 'options') return { options: source.options, stores: null };
  const { cwd, flags, migration } = source;
  const file = source.file === null ? {} : { file: source.file };
  const { migrations } = await loadConfig({ cwd, env, flags, ...file });
  const found = migrations.find(({ name }) => name === migration);
  if (!found?.guard) throw fault('FW_GUARD_NOT_CONFIGURED', { migration });
  return { options: found.guard, stores: fencedStores(found) };
}
