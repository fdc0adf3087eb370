import type { WireCause } from '@falsework/client/contract';
import { formatCounted } from '@falsework/core/text';
import { InvalidArgumentError, Option } from 'commander';
import { fetchCauses } from '../access/cause-access.ts';
import { type AccessOptions, chooseMigration, openControl } from '../access/control-access.ts';
import { EXIT } from '../terminal/failure.ts';
import { painter, say, sayJson } from '../terminal/terminal.ts';
import { causeLines } from '../words/cause.ts';
import { type CommandFactory, controlCommand } from './command.ts';
import { diffsAcceptCommand } from './diffs-accept.ts';
import { diffsExportCommand } from './diffs-export.ts';
import { diffsNoteCommand } from './diffs-note.ts';
import { diffsReopenCommand } from './diffs-reopen.ts';
import { diffsShowCommand } from './diffs-show.ts';

interface Options extends AccessOptions {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly noise?: boolean;
  readonly state?: WireCause['state'];
  readonly limit: number;
}

const STATES = ['open', 'explained', 'accepted', 'fixed', 'regressed'];

/**
 * `falsework diffs`: the causes of differences, most frequent first, and what can be done about
 * them.
 */
export const diffsCommand: CommandFactory = (context, finish) => {
  const list = controlCommand('diffs', 'list the causes of differences, most frequent first')
    .option('--all', 'those of every epoch, not of the present one only')
    .option('--noise', 'where legacy differs from itself, with the rule that would settle it')
    .addOption(new Option('--state <state>', 'only those in this state').choices(STATES))
    .option('--limit <count>', 'how many causes at most', wholeNumber, 20)
    .action((options: Options) =>
      finish(async () => {
        const client = await openControl(context, options);
        const status = await chooseMigration(client, options);
        const causes = await fetchCauses(client, status, { isAll: options.all === true });
        const shown = causes.filter((cause) => isWanted(cause, options));
        const { terminal } = context;
        if (options.json) sayJson(terminal, { causes: shown.slice(0, options.limit) });
        else if (shown.length === 0) say(terminal, 'No differences of this sort.');
        else {
          for (const cause of shown.slice(0, options.limit)) {
            for (const line of causeLines(cause, painter(terminal))) say(terminal, line);
          }
          const more = shown.length - options.limit;
          if (more > 0)
            say(terminal, `and ${formatCounted(more, 'more cause')}: --limit shows them`);
        }
        return EXIT.done;
      }, options),
    );
  for (const factory of [
    diffsShowCommand,
    diffsAcceptCommand,
    diffsReopenCommand,
    diffsNoteCommand,
    diffsExportCommand,
  ]) {
    list.addCommand(factory(context, finish));
  }
  return list;
};

function isWanted({ record, state }: WireCause, options: Options): boolean {
  if (record.isNoise !== (options.noise === true)) return false;
  return options.state === undefined || state === options.state;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above zero.');
}
