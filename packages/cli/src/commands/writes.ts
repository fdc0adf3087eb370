import { openWritesAt } from '@falsework/guard';
import { type WritesOptions, writesFolder } from '../access/writes-access.ts';
import { EXIT } from '../terminal/failure.ts';
import { say, sayJson } from '../terminal/terminal.ts';
import { openWritesLines } from '../words/open-writes.ts';
import { type CommandFactory, command, writesOptions } from './command.ts';
import {
  writesDiscardCommand,
  writesResumeCommand,
  writesRetryCommand,
  writesSettleCommand,
} from './writes-order.ts';

/** `falsework writes`: what of the writes to two stores needs a person, and what can be done. */
export const writesCommand: CommandFactory = (context, finish) => {
  const list = writesOptions(command('writes', 'list the writes that need a person'))
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Run it where the guard runs: it speaks to the guard through a socket in the folder of its journal.
A write is dead when the follower did not take it, and listed when nobody knows whether the
authority has it. While there is one, no gate passes.
  $ falsework writes
  $ falsework writes retry 12 --execute
  $ falsework writes settle 15 --applied --reason "found in the ledger" --execute`,
    )
    .action((options: WritesOptions) =>
      finish(async () => {
        const open = await openWritesAt(await writesFolder(context, options));
        if (options.json) sayJson(context.terminal, open);
        else
          for (const line of openWritesLines(open, context.clock.now()))
            say(context.terminal, line);
        return EXIT.done;
      }, options),
    );
  for (const factory of [
    writesRetryCommand,
    writesDiscardCommand,
    writesSettleCommand,
    writesResumeCommand,
  ]) {
    list.addCommand(factory(context, finish));
  }
  return list;
};
