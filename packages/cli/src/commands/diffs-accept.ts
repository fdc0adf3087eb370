import { fault } from '@falsework/core/errors';
import { Option } from 'commander';
import { type CommandFactory, stepCommand } from './command.ts';
import { type StepOptions, takeStepOn } from './step.ts';

interface Options extends StepOptions {
  readonly owner: string;
  readonly reason: string;
  readonly until: string;
}

/** `falsework diffs accept`: somebody answers for a cause of differences, until a date. */
export const diffsAcceptCommand: CommandFactory = (context, finish) =>
  stepCommand('accept', 'answer for a cause of differences, from now on and until a date')
    .argument('<id>', 'the cause: as much of its id as is needed, such as a41f')
    .addOption(new Option('--owner <name>', 'who answers for it').makeOptionMandatory())
    .addOption(
      new Option('--reason <words>', 'why the difference is all right').makeOptionMandatory(),
    )
    .addOption(
      new Option('--until <date>', 'when it opens again, as 2027-03-31').makeOptionMandatory(),
    )
    .addHelpText(
      'after',
      `
It acts forward only: the evidence starts again, and whoever is served by the candidate stays there.
A difference of another shape is not covered. Accepted again with a later date it is renewed, and
nothing starts again. No acceptance lasts for more than a year: what is meant for good is a rule.

  $ falsework diffs accept a41f --owner payments --reason "as the law says" --until 2027-03-31`,
    )
    .action((id: string, options: Options) =>
      finish(
        () =>
          takeStepOn(context, options, id, (cause) => ({
            type: 'accept',
            id: cause.record.id,
            owner: options.owner,
            reason: options.reason,
            expiresAt: endOf(options.until),
          })),
        options,
      ),
    );

/** The end of a day in UTC. */
function endOf(date: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T23:59:59.999Z`) : Number.NaN;
  // There is no 30th of February, although it parses as one in March.
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== date) {
    throw fault('FW_DATE', { date });
  }
  return at;
}
