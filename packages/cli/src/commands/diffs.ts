import type { AcceptedDifference, MigrationStatus, WireCause } from '@falsework/client/contract';
import { formatCounted, formatDuration } from '@falsework/core/text';
import { InvalidArgumentError, Option } from 'commander';
import { fetchCauses } from '../access/cause-access.ts';
import { type AccessOptions, chooseMigration, openControl } from '../access/control-access.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../terminal/failure.ts';
import { painter, say, sayJson } from '../terminal/terminal.ts';
import { acceptedLines } from '../words/accepted.ts';
import { causeList } from '../words/cause.ts';
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
    .enablePositionalOptions()
    .option('--all', 'those of every epoch, not of the present one only')
    .option('--noise', 'where legacy differs from itself, with the rule that would settle it')
    .addOption(new Option('--state <state>', 'only those in this state').choices(STATES))
    .option('--limit <count>', 'how many causes at most', wholeNumber, 20)
    .action((options: Options) =>
      finish(async () => {
        const client = await openControl(context, options);
        const status = await chooseMigration(client, options);
        // What is fixed is not there in the present epoch any more.
        const isAll = options.all === true || options.state === 'fixed';
        const causes = await fetchCauses(client, status, { isAll });
        const wanted = causes.filter((cause) => isWanted(cause, options));
        const shown = wanted.slice(0, options.limit);
        const { accepted } = status;
        if (options.json) sayJson(context.terminal, { causes: shown, accepted });
        else {
          if (shown.length === 0) say(context.terminal, noneWords(status, context, isAll));
          show(context, shown, { more: wanted.length - shown.length, accepted });
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

function show(
  { terminal }: Context,
  causes: readonly WireCause[],
  { more, accepted }: { readonly more: number; readonly accepted: readonly AcceptedDifference[] },
): void {
  const paint = painter(terminal);
  for (const line of causeList(causes, paint)) say(terminal, line);
  if (more > 0) say(terminal, `and ${formatCounted(more, 'more cause')}: --limit shows them`);
  for (const line of acceptedLines(accepted, paint)) say(terminal, line);
}

/** An epoch that has only begun shows nothing yet, and must not look like one that is clean. */
function noneWords({ epoch }: MigrationStatus, { clock }: Context, isAll: boolean): string {
  if (isAll) return 'No differences of this sort.';
  const since = formatDuration(clock.now() - epoch.openedAt);
  return `No differences of this sort in epoch ${epoch.ordinal}, which began ${since} ago; --all shows those of every epoch.`;
}

function isWanted({ record, state }: WireCause, options: Options): boolean {
  if (record.isNoise !== (options.noise === true)) return false;
  return options.state === undefined || state === options.state;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above zero.');
}
