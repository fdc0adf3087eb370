import type { Stage } from '@falsework/core/stage';
import { rollBackStores } from '@falsework/data';
import { Option } from 'commander';
import type { Context } from '../context.ts';
import { turnoverParts } from '../data/open-data-side.ts';
import { refusalBeside, showOutcome, showRefusal, stepTeller } from '../data/switch-command.ts';
import { EXIT, type Exit } from '../terminal/failure.ts';
import { say } from '../terminal/terminal.ts';
import type { CommandFactory } from './command.ts';
import { type Acting, type ActingOptions, dataCommand, withStores } from './data-command.ts';

interface Options extends ActingOptions {
  readonly to: Stage;
  readonly reason: string;
}

const PLAN = [
  'from seal: replays everything that was written since, if it is retained',
  'drains the reverse feed, and compares every row while people write',
  'fences the writers of the candidate’s store; the fence falls by itself if nobody comes back',
  'drains the rest, compares what changed since, and evaluates the invariants at rest',
  'moves legacy’s sequences, makes the fence lasting, and lets legacy’s store take writes',
  'tells control, which sends all traffic back to legacy',
];

/** `falsework data rollback`: makes legacy's store the one that takes writes again. */
export const dataRollbackCommand: CommandFactory = (context, finish) =>
  dataCommand('rollback', 'make legacy’s store the one that takes writes again')
    .addOption(
      new Option('--to <stage>', 'where control is to stand afterwards')
        .choices(['inert', 'dual-write', 'backfill', 'reconcile', 'shadow', 'shift'])
        .default('shadow'),
    )
    .option('--reason <words>', 'why, for the log', 'asked for by hand')
    .action((options: Options) =>
      finish(
        () => withStores(context, options, (acting) => rollback(context, options, acting)),
        options,
      ),
    );

async function rollback(
  context: Context,
  options: Options,
  { side, control }: Acting,
): Promise<Exit> {
  const { terminal, clock } = context;
  const { to, reason } = options;
  const request = { type: 'rollback', to, reason } as const;
  const beside = { gate: 'none', code: 'undo-needs-data' };
  const refusal = await refusalBeside(control, request, beside);
  if (refusal !== null) return showRefusal(context, options, refusal);
  if (!options.execute) {
    for (const line of PLAN) say(terminal, line);
    say(terminal, 'Nothing was changed. Add --execute to do it.');
    return EXIT.done;
  }
  const onStep = stepTeller(context, options);
  const announce = async (): Promise<void> => control?.follow(request);
  return showOutcome(
    context,
    options,
    await rollBackStores(turnoverParts(side, { clock, onStep, announce })),
  );
}
