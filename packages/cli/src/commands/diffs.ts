import { type Answer, ROUTES } from '@falsework/client/contract';
import { formatCount } from '@falsework/core/text';
import { InvalidArgumentError } from 'commander';
import { type AccessOptions, chooseMigration, openControl } from '../access/control-access.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../terminal/failure.ts';
import { painter, say, sayJson } from '../terminal/terminal.ts';
import { type CommandFactory, controlCommand } from './command.ts';

type Signature = Answer<typeof ROUTES.signatures>['signatures'][number];

interface Options extends AccessOptions {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly limit: number;
}

/** `falsework diffs`: the causes of differences, most frequent first, with an example of each. */
export const diffsCommand: CommandFactory = (context, finish) =>
  controlCommand('diffs', 'list the causes of differences, most frequent first')
    .option('--all', 'those of every epoch, not of the present one only')
    .option('--limit <count>', 'how many causes at most', wholeNumber, 20)
    .action((options: Options) =>
      finish(async () => {
        const client = await openControl(context, options);
        const status = await chooseMigration(client, options);
        const { signatures } = await client.call(ROUTES.signatures, {
          params: { migration: status.name },
          query: { limit: options.limit, ...(options.all ? {} : { epoch: status.epoch.ordinal }) },
          body: {},
        });
        if (options.json) sayJson(context.terminal, { signatures });
        else if (signatures.length === 0) say(context.terminal, 'No differences in this epoch.');
        else for (const signature of signatures) show(context, signature);
        return EXIT.done;
      }, options),
    );

function show({ terminal }: Context, signature: Signature): void {
  const paint = painter(terminal);
  const id = paint('bold', `#${signature.id.slice(0, 4)}`);
  const when = `first ${time(signature.firstAt)}, last ${time(signature.lastAt)}`;
  say(
    terminal,
    `${id}  ${formatCount(signature.count)}×  ${signature.seam}  ${signature.template}  ${signature.kind}  ${when}`,
  );
  const example = signature.samples.at(-1);
  if (!example) return;
  say(terminal, `       legacy    ${example.legacy}`);
  say(terminal, `       candidate ${example.candidate}   at ${example.path}`);
}

function time(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

/** A whole number above zero, or a clear word about it. */
function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above zero.');
}
