import { type Environment, loadConfig } from '@falsework/config';
import { fault } from '@falsework/core/errors';
import type { GuardOptions } from '@falsework/guard';

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

/** The options of a guard. Rejects with what is wrong with the configuration. */
export async function readSource(source: GuardSource, env: Environment): Promise<GuardOptions> {
  if (source.kind === 'options') return source.options;
  const { cwd, flags, migration } = source;
  const file = source.file === null ? {} : { file: source.file };
  const { migrations } = await loadConfig({ cwd, env, flags, ...file });
  const guard = migrations.find(({ name }) => name === migration)?.guard;
  if (!guard) throw fault('FW_GUARD_NOT_CONFIGURED', { migration });
  return guard;
}
