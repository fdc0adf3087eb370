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
    .argument('<id>', 'the cause, as #a41f')
    .addOption(new Option('--owner <name>', 'who answers for it').makeOptionMandatory())
    .addOption(
      new Option('--reason <words>', 'why the difference is all right').makeOptionMandatory(),
    )
    .addOption(
      new Option('--until <date>', 'when it opens again, as 2027-03-31').makeOptionMandatory(),
    )
    .addHelpText(
      'after',
      '\nIt acts forward only: the evidence starts again. A difference of another shape is not covered.',
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
  if (Number.isNaN(at)) throw fault('FW_DATE', { date });
  return at;
}
