import type { AdminClient } from '@falsework/client';
import { type DecisionLine, ROUTES } from '@falsework/client/contract';
import { formatRate } from '@falsework/core/text';
import { type AccessOptions, chooseMigration, openControl } from '../access/control-access.ts';
import type { Context } from '../context.ts';
import { columns } from '../terminal/columns.ts';
import { EXIT, type Exit } from '../terminal/failure.ts';
import { say, sayJson } from '../terminal/terminal.ts';
import { type CommandFactory, controlCommand } from './command.ts';

interface Options extends AccessOptions {
  readonly json?: boolean;
  readonly verify?: boolean;
}

const PAGE = 500;

/** `falsework decisions`: the log of everything decided, or the proof that it holds together. */
export const decisionsCommand: CommandFactory = (context, finish) =>
  controlCommand('decisions', 'show the log of everything that was decided')
    .option('--verify', 'decide everything again from the log’s own inputs and compare')
    .action((options: Options) =>
      finish(async () => {
        const client = await openControl(context, options);
        const { name } = await chooseMigration(client, options);
        return options.verify
          ? verify(context, client, name, options)
          : list(context, client, name, options);
      }, options),
    );

async function list(
  { terminal }: Context,
  client: AdminClient,
  migration: string,
  options: Options,
): Promise<Exit> {
  const log: DecisionLine[] = [];
  for (;;) {
    const query = { after: log.at(-1)?.sequence ?? 0, limit: PAGE };
    const page = await client.call(ROUTES.decisions, { params: { migration }, query, body: {} });
    log.push(...page.decisions);
    if (page.decisions.length < PAGE) break;
  }
  if (options.json) sayJson(terminal, { decisions: log });
  else for (const line of columns(log.map(row), { right: [0] })) say(terminal, line);
  return EXIT.done;
}

function row(line: DecisionLine): string[] {
  const at = new Date(line.at).toISOString().slice(0, 19).replace('T', ' ');
  const to = `${line.to.stage} ${formatRate(line.to.share.percent / 100)}`;
  return [String(line.sequence), at, line.by, line.action, to, line.because];
}

async function verify(
  { terminal }: Context,
  client: AdminClient,
  migration: string,
  options: Options,
): Promise<Exit> {
  const answer = await client.call(ROUTES.replay, { params: { migration }, query: {}, body: {} });
  if (options.json) sayJson(terminal, answer);
  else if (answer.holds)
    say(terminal, `The log holds: ${answer.decisions} decisions lead to the stored state.`);
  else say(terminal, `The log breaks at decision ${answer.brokenAt}: ${answer.because}.`);
  return answer.holds ? EXIT.done : EXIT.failed;
}
