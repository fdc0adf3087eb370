import { Command, Option } from 'commander';
import type { Context } from '../context.ts';
import type { Exit } from '../terminal/failure.ts';

/** A command of its own file: how it is called, and what it does. */
export type CommandFactory = (context: Context, finish: Finish) => Command;

/** Hands a command's promise to whoever sets the exit code and words what went wrong. */
export type Finish = (
  work: () => Promise<Exit>,
  options: { readonly json?: boolean },
) => Promise<void>;

/** Begins a command with what all of them share. */
export function command(name: string, summary: string): Command {
  return new Command(name)
    .description(summary)
    .option('--json', 'results for scripts: JSON on stdout, stable keys')
    .configureHelp({ sortSubcommands: true });
}

/** Begins a command that asks control. */
export function controlCommand(name: string, summary: string): Command {
  return command(name, summary)
    .addOption(
      new Option('-m, --migration <name>', 'which migration; needed when there are several'),
    )
    .addOption(new Option('--control <url>', 'where control is').env('FALSEWORK_CONTROL_URL'))
    .addOption(new Option('-c, --config <file>', 'the configuration').env('FALSEWORK_CONFIG'));
}

/** Adds what every command takes that speaks to the guard of a journal. */
export function writesOptions(begun: Command): Command {
  return begun
    .addOption(new Option('-m, --migration <name>', 'which migration of the configuration'))
    .addOption(new Option('-c, --config <file>', 'the configuration').env('FALSEWORK_CONFIG'))
    .option('--folder <folder>', 'the folder of the journal, where there is no configuration');
}

/** Adds what every command has that changes where a migration stands. */
export function stepCommand(name: string, summary: string): Command {
  return controlCommand(name, summary)
    .addOption(new Option('--by <name>', 'who asks; a token that belongs to somebody overrules it'))
    .option('--execute', 'do it; without this only the plan is shown');
}
