import { ROUTES } from '@falsework/client/contract';
import { fetchCauses } from '../access/cause-access.ts';
import { type AccessOptions, chooseMigration, openControl } from '../access/control-access.ts';
import { EXIT } from '../terminal/failure.ts';
import { sayJson } from '../terminal/terminal.ts';
import { type CommandFactory, controlCommand } from './command.ts';

const PAIRS_MAX = 1_000;

/** `falsework diffs export`: every cause and every stored pair, one JSON document a line. */
export const diffsExportCommand: CommandFactory = (context, finish) =>
  controlCommand(
    'export',
    'write every cause and every stored pair, one JSON document a line',
  ).action((options: AccessOptions & { json?: boolean }) =>
    finish(async () => {
      const client = await openControl(context, options);
      const status = await chooseMigration(client, options);
      const params = { migration: status.name };
      for (const cause of await fetchCauses(client, status, { isAll: true })) {
        sayJson(context.terminal, { cause });
      }
      const query = { limit: PAIRS_MAX };
      const { pairs } = await client.call(ROUTES.pairs, { params, query, body: {} });
      for (const pair of pairs) sayJson(context.terminal, { pair });
      return EXIT.done;
    }, options),
  );
