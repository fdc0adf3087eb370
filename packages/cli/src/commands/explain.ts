import { type AccessOptions, chooseMigration, openControl } from '../access/control-access.ts';
import { EXIT } from '../terminal/failure.ts';
import { painter, say, sayJson } from '../terminal/terminal.ts';
import { explain } from '../words/explain.ts';
import { type CommandFactory, controlCommand } from './command.ts';

/** `falsework explain`: why a migration stands where it stands, and what exactly is missing. */
export const explainCommand: CommandFactory = (context, finish) =>
  controlCommand(
    'explain',
    'say in words why a migration stands where it stands, and what is missing',
  ).action((options: AccessOptions & { json?: boolean }) =>
    finish(async () => {
      const client = await openControl(context, options);
      const status = await chooseMigration(client, options);
      if (options.json) sayJson(context.terminal, status);
      else {
        const lines = explain(status, context.clock.now(), painter(context.terminal));
        for (const line of lines) say(context.terminal, line);
      }
      return EXIT.done;
    }, options),
  );
