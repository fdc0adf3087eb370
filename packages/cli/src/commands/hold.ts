import { type CommandFactory, stepCommand } from './command.ts';
import { type StepOptions, takeStep } from './step.ts';

/** `falsework hold`: stops every step forward until it is resumed. Retreat stays possible. */
export const holdCommand: CommandFactory = (context, finish) =>
  stepCommand('hold', 'stop every step forward, or with --resume allow them again')
    .option('--reason <words>', 'why, for the log', 'asked for by hand')
    .option('--resume', 'end the hold')
    .action((options: StepOptions & { reason: string; resume?: boolean }) =>
      finish(
        () =>
          takeStep(context, options, () =>
            options.resume ? { type: 'resume' } : { type: 'hold', reason: options.reason },
          ),
        options,
      ),
    );
