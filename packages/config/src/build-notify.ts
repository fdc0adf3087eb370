import { resolve } from 'node:path';
import { NOTICE_KINDS } from '@falsework/core/policy';
import type { EnvReference, FileReference } from './references.ts';
import type { NotifySection } from './schema/notify-schema.ts';
import type { NotifySettings, SecretText } from './settings.ts';

/** The targets of notices; files of secrets are found from the folder of the configuration. */
export function toNotify(section: NotifySection, directory: string): readonly NotifySettings[] {
  const settled = (secret: SecretText): SecretText =>
    typeof secret === 'object' && secret.from === 'file'
      ? { from: 'file', file: resolve(directory, secret.file) }
      : secret;
  return section.map(({ webhook, slack, alertmanager, on, headers, token }) => {
    const kind = webhook ? 'webhook' : slack ? 'slack' : 'alertmanager';
    const named = webhook ?? slack ?? alertmanager;
    if (named === undefined) throw new TypeError('The schema lets no target without one pass.');
    return {
      kind,
      url: settled(named),
      // An alert is about what holds. A decision would be one that nobody can do anything about.
      on: on ?? NOTICE_KINDS.filter((each) => kind !== 'alertmanager' || each !== 'decision'),
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, settled(value)]),
      ),
      token: token === undefined ? null : (settled(token) as EnvReference | FileReference),
    };
  });
}
