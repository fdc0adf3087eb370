import { isFalseworkError } from '@falsework/core/errors';
import { rollBackStores, turnOver } from '@falsework/data';
import type { Context } from '../context.ts';
import { turnoverParts } from '../data/open-data-side.ts';
import { refusalBeside, showOutcome, showRefusal, stepTeller } from '../data/switch-command.ts';
import { EXIT, type Exit } from '../terminal/failure.ts';
import { note, say } from '../terminal/terminal.ts';
import type { CommandFactory } from './command.ts';
import { type Acting, type ActingOptions, dataCommand, withStores } from './data-command.ts';

interface Options extends ActingOptions {
  readonly acceptLoss?: boolean;
}

const PLAN = [
  'drains until little is left, and compares every row while people write',
  'fences the writers of legacy’s store; the fence falls by itself if nobody comes back for it',
  'drains the rest, compares what changed since, and evaluates the invariants at rest',
  'moves sequences, notes where the reverse feed begins, and makes the fence lasting',
  'lets the candidate’s store take writes, and control enter turnover',
  'undo: `falsework data rollback --execute`, as long as the reverse feed lives',
];
const REQUEST = { type: 'advance', to: 'turnover' } as const;

/** `falsework data turnover`: makes the candidate's store the one that takes writes. */
export const dataTurnoverCommand: CommandFactory = (context, finish) =>
  dataCommand('turnover', 'make the candidate’s store the one that takes writes')
    .option('--accept-loss', 'what is lost on the way back may be')
    .action((options: Options) =>
      finish(
        () => withStores(context, options, (acting) => turnover(context, options, acting)),
        options,
      ),
    );

async function turnover(
  context: Context,
  options: Options,
  { side, control }: Acting,
): Promise<Exit> {
  const { terminal, clock } = context;
  const beside = { gate: 'authority-moved', code: 'not-forward' };
  const refusal = await refusalBeside(control, REQUEST, beside);
  if (refusal !== null) return showRefusal(context, options, refusal);
  if (!options.execute) {
    for (const line of PLAN) say(terminal, line);
    say(terminal, 'Nothing was changed. Add --execute to do it.');
    return EXIT.done;
  }
  const told = {
    clock,
    onStep: stepTeller(context, options),
    announce: async (): Promise<void> => control?.follow(REQUEST),
  };
  const parts = turnoverParts(side, told, { acceptsLoss: options.acceptLoss === true });
  try {
    const outcome = await turnOver(parts);
    return showOutcome(context, options, outcome);
  } catch (error) {
    if (!isFalseworkError(error) || error.code !== 'FW_TURNOVER_ANNOUNCE') throw error;
    // Traffic still goes to legacy, whose store takes no writes: nobody can work like that.
    note(terminal, `${error.message} The switch is taken back.`);
    const nobody = { ...parts.ports, announce: async (): Promise<void> => {} };
    await rollBackStores({ ...parts, ports: nobody });
    throw error;
  }
}
