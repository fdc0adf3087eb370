import { Command, CommanderError } from 'commander';
import { advanceCommand } from './commands/advance.ts';
import { approveCommand } from './commands/approve.ts';
import { checkCommand } from './commands/check.ts';
import type { Finish } from './commands/command.ts';
import { dataCommandGroup } from './commands/data.ts';
import { decisionsCommand } from './commands/decisions.ts';
import { diffsCommand } from './commands/diffs.ts';
import { explainCommand } from './commands/explain.ts';
import { guardCommand } from './commands/guard.ts';
import { holdCommand } from './commands/hold.ts';
import { replayCommand } from './commands/replay.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { routesCommand } from './commands/routes.ts';
import { rulesCommand } from './commands/rules.ts';
import { statusCommand } from './commands/status.ts';
import { upCommand } from './commands/up.ts';
import { writesCommand } from './commands/writes.ts';
import { type Context, processContext } from './context.ts';
import { EXIT, type Exit, reportFailure } from './terminal/failure.ts';
import { VERSION } from './version.ts';

const COMMANDS = [
  guardCommand,
  upCommand,
  statusCommand,
  explainCommand,
  diffsCommand,
  decisionsCommand,
  advanceCommand,
  approveCommand,
  holdCommand,
  rollbackCommand,
  routesCommand,
  checkCommand,
  dataCommandGroup,
  rulesCommand,
  replayCommand,
  writesCommand,
];

// As long as a timer can be set for; it never has anything to do.
const AWAKE_MS = 2 ** 31 - 1;

const HELP = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by a gate (nothing was changed).

A first look, with two services running:
  $ falsework guard --legacy http://127.0.0.1:8080 --candidate http://127.0.0.1:8081 --port 8000
A migration, described in falsework.config.ts:
  $ falsework check && falsework up`;

/** Runs the command line and sets the process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  // Timers of our clock keep no process alive, as befits a guest. Here we are the host: a command
  // that does nothing but wait would end in the middle, with 13.
  const awake = setInterval(() => {}, AWAKE_MS);
  try {
    process.exitCode = await run(args, processContext());
  } finally {
    clearInterval(awake);
  }
}

/** Runs one command line. Resolves with its exit code; never rejects. */
export async function run(args: readonly string[], context: Context): Promise<Exit> {
  let exit: Exit = EXIT.done;
  const finish: Finish = async (work, { json }) => {
    try {
      exit = await work();
    } catch (error) {
      exit = reportFailure(context.terminal, error, json === true);
    }
  };
  try {
    await program(context, finish).parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return reportFailure(context.terminal, error, false);
  }
  return exit;
}

function program(context: Context, finish: Finish): Command {
  const { stdout, stderr } = context.terminal;
  const root = new Command('falsework')
    .description(
      'Replace a running implementation, service or data store under live traffic, by evidence.',
    )
    .version(VERSION)
    // What stands behind the name of a command is that command's: `diffs` has a --json of its own,
    // and so has `diffs show`.
    .enablePositionalOptions()
    .addHelpText('after', HELP);
  for (const factory of COMMANDS) root.addCommand(factory(context, finish));
  for (const each of [root, ...root.commands, ...root.commands.flatMap((c) => c.commands)]) {
    each
      .exitOverride()
      .showHelpAfterError('(add --help for what there is)')
      .configureOutput({
        writeOut: (text) => void stdout.write(text),
        writeErr: (text) => void stderr.write(text),
      });
  }
  return root;
}
