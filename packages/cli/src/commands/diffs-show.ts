import { ROUTES } from '@falsework/client/contract';
import type { StoredPair } from '@falsework/core/evidence';
import { chooseCause } from '../access/cause-access.ts';
import { type AccessOptions, chooseMigration, openControl } from '../access/control-access.ts';
import { EXIT } from '../terminal/failure.ts';
import { painter, say, sayJson } from '../terminal/terminal.ts';
import { causeLines } from '../words/cause.ts';
import { sideBySide } from '../words/side-by-side.ts';
import { type CommandFactory, controlCommand } from './command.ts';

const PAIRS_SHOWN = 1;

/** `falsework diffs show`: one cause, and both answers side by side. */
export const diffsShowCommand: CommandFactory = (context, finish) =>
  controlCommand('show', 'show one cause, and both answers side by side')
    .argument('<id>', 'the cause: as much of its id as is needed, such as a41f')
    .action((id: string, options: AccessOptions & { json?: boolean }) =>
      finish(async () => {
        const client = await openControl(context, options);
        const status = await chooseMigration(client, options);
        const cause = await chooseCause(client, status, id);
        const params = { migration: status.name };
        const query = { id: cause.record.id, limit: 10 };
        const { pairs } = await client.call(ROUTES.pairs, { params, query, body: {} });
        const { terminal } = context;
        if (options.json) sayJson(terminal, { cause, pairs });
        else {
          for (const line of causeLines(cause, painter(terminal))) say(terminal, line);
          for (const pair of pairs.slice(0, PAIRS_SHOWN)) {
            say(terminal, '');
            for (const line of pairLines(pair)) say(terminal, line);
          }
          if (pairs.length === 0) say(terminal, '       no pair of answers is kept of it');
        }
        return EXIT.done;
      }, options),
    );

function pairLines(pair: StoredPair): string[] {
  const { request } = pair;
  const head = request ? [`${request.method} ${request.target}`] : [];
  return [...head, ...sideBySide(pair)];
}
