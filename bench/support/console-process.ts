// Control with its console in a process of its own, as `falsework up` runs it: the callers of the
// bench must not share its event loop. `console-process.ts FOLDER TOKEN`
import { join } from 'node:path';
import { SITE_FOLDER } from '@falsework/console';
import { startControl } from '@falsework/control';
import { DEFAULT_POLICY } from '@falsework/core/policy';
import { pino } from 'pino';
import { serve } from './child.ts';

/** What the process says when it listens. */
export interface ConsoleReady {
  readonly url: string;
  readonly site: string;
}

const DAY_MS = 86_400_000;
const [folder = '', token = ''] = process.argv.slice(2);

const { url } = await startControl({
  migrations: [
    {
      name: 'orders',
      owner: 'payments',
      topology: 'shared',
      deleteBy: Date.now() + 60 * DAY_MS,
      comparator: 'cmp-1',
      schema: '1',
      policy: DEFAULT_POLICY,
      cohorts: {},
    },
  ],
  store: join(folder, 'state.db'),
  port: 0,
  tokens: [{ secret: token, role: 'operator', name: null }],
  version: '0.1.0',
  // As often as the demo looks.
  loopMs: 100,
  log: pino({ level: 'warn' }, pino.destination(2)),
  console: SITE_FOLDER,
});
const ready: ConsoleReady = { url, site: SITE_FOLDER };
serve(ready, () => ({}));
