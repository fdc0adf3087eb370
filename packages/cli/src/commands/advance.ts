import { STAGES, type Stage } from '@falsework/core/stage';
import { Argument, Option } from 'commander';
import { type CommandFactory, stepCommand } from './command.ts';
import { type StepOptions, takeStep } from './step.ts';

const NAMES = STAGES.map((row) => row.stage);

/** A stage given as an argument; unknown names are refused with those that there are. */
export function stageArgument(name: string, summary: string): Argument {
  return new Argument(name, summary).choices(NAMES);
}

/** `falsework advance`: asks for the next step. */
export const advanceCommand: CommandFactory = (context, finish) =>
  stepCommand('advance', 'ask for the next step; it is taken only on evidence')
    .addOption(
      new Option('--to <stage>', 'the stage you expect: refused if another comes next').choices(
        NAMES,
      ),
    )
    .action((options: StepOptions & { to?: Stage }) =>
      finish(
        () => takeStep(context, options, () => ({ type: 'advance', to: options.to ?? null })),
        options,
      ),
    );
