import {
  type Debt,
  type OpenWrites,
  openWritesAt,
  orderWrites,
  type WriteOrder,
} from '@falsework/guard';
import { InvalidArgumentError, Option } from 'commander';
import { type WritesOptions, writesFolder } from '../access/writes-access.ts';
import type { Context } from '../context.ts';
import { EXIT, type Exit } from '../terminal/failure.ts';
import { note, painter, say, sayJson } from '../terminal/terminal.ts';
import { debtLines } from '../words/open-writes.ts';
import { type CommandFactory, command, writesOptions } from './command.ts';

interface OrderOptions extends WritesOptions {
  readonly by?: string;
  readonly reason?: string;
  readonly execute?: boolean;
  readonly applied?: boolean;
  readonly notApplied?: boolean;
}

/** An order, and what it comes to, in words. */
interface Plan {
  readonly order: WriteOrder;
  /** What will be so afterwards. */
  readonly words: string;
  /** Why the guard would not do it; `null` when it would. */
  readonly refused: string | null;
  readonly about: readonly string[];
}

/** `falsework writes retry`: a dead letter is fed again. */
export const writesRetryCommand: CommandFactory = (context, finish) =>
  orderCommand('retry', 'feed a dead letter again, once its cause is mended')
    .argument('<number>', 'which write', sequence)
    .action((number: number, options: OrderOptions) =>
      finish(
        () =>
          carryOut(context, options, (open, by) => {
            const order = { order: 'retry', sequence: number, by } as const;
            return planOn(open, order, 'dead', 'it is sent to the follower again, same key');
          }),
        options,
      ),
    );

/** `falsework writes discard`: a dead letter is given up. */
export const writesDiscardCommand: CommandFactory = (context, finish) =>
  orderCommand('discard', 'give a dead letter up: the follower never gets it')
    .argument('<number>', 'which write', sequence)
    .addOption(reasonOption())
    .action((number: number, options: OrderOptions) =>
      finish(
        () =>
          carryOut(context, options, (open, by) => {
            const order = {
              order: 'discard',
              sequence: number,
              by,
              reason: reason(options),
            } as const;
            const words = 'the follower never gets it, and the two stores differ by it';
            return planOn(open, order, 'dead', words);
          }),
        options,
      ),
    );

/** `falsework writes settle`: a person has looked a listed write up in the authority's store. */
export const writesSettleCommand: CommandFactory = (context, finish) =>
  orderCommand('settle', 'say whether the authority has a write of which nobody knew')
    .argument('<number>', 'which write', sequence)
    .addOption(new Option('--applied', 'the authority has it: it is fed').conflicts('notApplied'))
    .option('--not-applied', 'the authority does not have it: it is dropped')
    .addOption(reasonOption())
    .action((number: number, options: OrderOptions, self: { error(text: string): never }) => {
      const isApplied = options.applied === true;
      if (!isApplied && options.notApplied !== true) {
        self.error('error: one of --applied and --not-applied is needed');
      }
      return finish(
        () =>
          carryOut(context, options, (open, by) => {
            const about = { sequence: number, by, reason: reason(options), isApplied };
            const words = isApplied ? 'it is fed to the follower' : 'it is dropped';
            return planOn(open, { order: 'settle', ...about }, 'listed', words);
          }),
        options,
      );
    });

/** `falsework writes resume`: the shadows of a route may run again. */
export const writesResumeCommand: CommandFactory = (context, finish) =>
  orderCommand('resume', 'let stopped shadows of a route run again: its dry runs are honoured now')
    .argument('<route>', 'which route, such as "POST /orders"')
    .addOption(reasonOption())
    .action((route: string, options: OrderOptions) =>
      finish(
        () =>
          carryOut(context, options, ({ stopped }, by) => {
            const stop = stopped.find((one) => one.route === route);
            return {
              order: { order: 'resume', route, by, reason: reason(options) },
              words: `its candidate is sent dry runs again, and the first that is not honoured stops it`,
              refused: stop ? null : `The shadows of ${route} are not stopped.`,
              about: stop ? [`${route}: ${stop.because}`] : [],
            };
          }),
        options,
      ),
    );

function orderCommand(name: string, summary: string) {
  return writesOptions(command(name, summary))
    .addOption(new Option('--by <name>', 'who orders it'))
    .option('--execute', 'do it; without this only the plan is shown');
}

function reasonOption(): Option {
  return new Option('--reason <words>', 'why, for the record').makeOptionMandatory();
}

function reason(options: OrderOptions): string {
  return options.reason ?? '';
}

/** The plan, as long as the write is there and stands as it has to. */
function planOn(
  { debts }: OpenWrites,
  order: Exclude<WriteOrder, { order: 'resume' }>,
  state: Debt['state'],
  words: string,
): Plan {
  const debt = debts.find(({ sequence: number }) => number === order.sequence);
  const about = debt === undefined ? [] : debtLines(debt);
  if (debt?.state === state) return { order, words, refused: null, about };
  const refused =
    debt === undefined
      ? `No write #${order.sequence} needs a person.`
      : `Write #${order.sequence} is ${debt.state}, not ${state}.`;
  return { order, words, refused, about };
}

/** Shows what would happen, and with --execute does it. Refused: 3, and nothing was changed. */
async function carryOut(
  context: Context,
  options: OrderOptions,
  plan: (open: OpenWrites, by: string) => Plan,
): Promise<Exit> {
  const folder = await writesFolder(context, options);
  const planned = plan(await openWritesAt(folder), options.by ?? context.user);
  const isExecuted = options.execute === true && planned.refused === null;
  const result = isExecuted ? await orderWrites(folder, planned.order) : null;
  const refused = result !== null && 'refused' in result ? result.refused : planned.refused;
  if (options.json) {
    const { order, words } = planned;
    sayJson(context.terminal, {
      order,
      words,
      isExecuted: isExecuted && refused === null,
      refused,
    });
  } else show(context, planned, { isExecuted, refused });
  return refused === null ? EXIT.done : EXIT.refused;
}

function show(
  { terminal }: Context,
  { words, about }: Plan,
  { isExecuted, refused }: { readonly isExecuted: boolean; readonly refused: string | null },
): void {
  const paint = painter(terminal);
  if (refused !== null) {
    note(terminal, `${paint('red', 'refused')} ${refused} Nothing was changed.`);
    return;
  }
  for (const line of about) say(terminal, line);
  say(terminal, `${isExecuted ? paint('green', 'done') : paint('bold', 'plan')} ${words}.`);
  if (!isExecuted) say(terminal, 'Nothing was changed. Add --execute to do it.');
}

function sequence(text: string): number {
  const value = Number(text.replace(/^#/, ''));
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be the number of a write, such as 12.');
}
