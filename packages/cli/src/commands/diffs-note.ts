import { ROUTES } from '@falsework/client/contract';
import { Option } from 'commander';
import { chooseCause } from '../access/cause-access.ts';
import { chooseMigration, openControl } from '../access/control-access.ts';
import { EXIT } from '../terminal/failure.ts';
import { say, sayJson } from '../terminal/terminal.ts';
import { type CommandFactory, controlCommand } from './command.ts';
import type { StepOptions } from './step.ts';

interface Options extends StepOptions {
  readonly text: string;
  readonly owner?: string;
}

/**
 * `falsework diffs note`: writes down what is known of a cause. Changes nothing that is decided.
 */
export const diffsNoteCommand: CommandFactory = (context, finish) =>
  controlCommand('note', 'write down what is known of a cause, and who looks after it')
    .argument('<id>', 'the cause: as much of its id as is needed, such as a41f')
    .addOption(new Option('--text <words>', 'what is known').makeOptionMandatory())
    .option('--owner <name>', 'who looks after it')
    .option('--by <name>', 'who writes')
    .action((id: string, options: Options) =>
      finish(async () => {
        const client = await openControl(context, options);
        const status = await chooseMigration(client, options);
        const { record } = await chooseCause(client, status, id);
        const params = { migration: status.name, id: record.id };
        const body = {
          by: options.by ?? context.user,
          owner: options.owner ?? null,
          text: options.text,
        };
        await client.call(ROUTES.note, { params, query: {}, body });
        if (options.json) sayJson(context.terminal, { id: record.id });
        else say(context.terminal, `noted on #${record.id.slice(0, 4)} ${record.template}`);
        return EXIT.done;
      }, options),
    );
