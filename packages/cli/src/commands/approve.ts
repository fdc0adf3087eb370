import type { Stage } from '@falsework/core/stage';
import { stageArgument } from './advance.ts';
import { type CommandFactory, stepCommand } from './command.ts';
import { type StepOptions, takeStep } from './step.ts';

/** `falsework approve`: says yes, by name, to a stage that asks for it. */
export const approveCommand: CommandFactory = (context, finish) =>
  stepCommand('approve', 'say yes, by name, to a stage that asks for it')
    .addArgument(stageArgument('[stage]', 'the stage; the next one when left out'))
    .action((stage: Stage | undefined, options: StepOptions) =>
      finish(
        () => takeStep(context, options, () => ({ type: 'approve', for: stage ?? null })),
        options,
      ),
    );
