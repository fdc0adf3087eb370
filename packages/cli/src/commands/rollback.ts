import type { Stage } from '@falsework/core/stage';
import { stageArgument } from './advance.ts';
import { type CommandFactory, stepCommand } from './command.ts';
import { type StepOptions, takeStep } from './step.ts';

/** `falsework rollback`: goes back to an earlier stage; what happens first is named in the plan. */
export const rollbackCommand: CommandFactory = (context, finish) =>
  stepCommand('rollback', 'go back to an earlier stage')
    .addArgument(stageArgument('<stage>', 'where to'))
    .option('--reason <words>', 'why, for the log', 'asked for by hand')
    .action((to: Stage, options: StepOptions & { reason: string }) =>
      finish(
        () => takeStep(context, options, () => ({ type: 'rollback', to, reason: options.reason })),
        options,
      ),
    );
