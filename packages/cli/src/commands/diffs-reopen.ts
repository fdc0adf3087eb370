import { type CommandFactory, stepCommand } from './command.ts';
import { type StepOptions, takeStepOn } from './step.ts';

/** `falsework diffs reopen`: takes an acceptance back. */
export const diffsReopenCommand: CommandFactory = (context, finish) =>
  stepCommand('reopen', 'take an acceptance back: the difference counts again')
    .argument('<id>', 'the cause: as much of its id as is needed, such as a41f')
    .action((id: string, options: StepOptions) =>
      finish(
        () => takeStepOn(context, options, id, ({ record }) => ({ type: 'reopen', id: record.id })),
        options,
      ),
    );
