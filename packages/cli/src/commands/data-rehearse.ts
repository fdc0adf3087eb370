import { formatDuration } from '@falsework/core/text';
import { rehearse } from '@falsework/data';
import { turnoverParts } from '../data/open-data-side.ts';
import { EXIT } from '../terminal/failure.ts';
import { note, say, sayJson } from '../terminal/terminal.ts';
import type { CommandFactory } from './command.ts';
import { type ActingOptions, dataCommand, withStores } from './data-command.ts';

const PLAN = [
  'installs the fence and the reverse capture, if they are not there; the stores stay as they are',
  'compares every row of both stores',
  'sends marked rows from the candidate’s store to legacy’s, in a table of their own',
  'takes real rows back through their mappings, in a transaction that is undone',
  'measures what a rollback would keep writers waiting for, and writes it down',
];

/** `falsework data rehearse`: tries the way back on the stores themselves; moves nothing. */
export const dataRehearseCommand: CommandFactory = (context, finish) =>
  dataCommand('rehearse', 'try the way back on the stores; turnover and seal need it fresh')
    .option('--accept-loss', 'what is lost on the way back may be')
    .action((options: ActingOptions & { acceptLoss?: boolean }) =>
      finish(
        () =>
          withStores(context, options, async ({ side, control }) => {
            const { terminal, clock } = context;
            if (!options.execute) {
              for (const line of PLAN) say(terminal, line);
              say(terminal, 'Nothing was changed. Add --execute to do it.');
              return EXIT.done;
            }
            const told = { clock, announce: async (): Promise<void> => {} };
            const acceptsLoss = options.acceptLoss === true;
            const validMs = side.settings.limits.rehearsalValidMs;
            const outcome = await rehearse(turnoverParts(side, told, { acceptsLoss }), { validMs });
            await control?.report();
            if (options.json) sayJson(terminal, outcome);
            else if (outcome.state === 'failed') note(terminal, `failed: ${outcome.because}`);
            else {
              const { probes, arrived, rowsTried, rollbackMs } = outcome.rehearsal;
              const rows = `${arrived} of ${probes} probes, ${rowsTried} rows of both ways`;
              say(terminal, `done: ${rows}; a rollback takes ${formatDuration(rollbackMs)}`);
              say(terminal, `counts for ${formatDuration(validMs)}, or until a column changes`);
            }
            return outcome.state === 'done' ? EXIT.done : EXIT.refused;
          }),
        options,
      ),
    );
