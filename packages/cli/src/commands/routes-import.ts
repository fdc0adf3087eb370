import { resolve } from 'node:path';
import {
  type ImportedRoutes,
  importRoutes,
  readOpenapi,
  routesYaml,
} from '@falsework/config/openapi';
import { formatCounted } from '@falsework/core/text';
import { InvalidArgumentError } from 'commander';
import type { Context } from '../context.ts';
import { EXIT } from '../terminal/failure.ts';
import { note, say, sayJson } from '../terminal/terminal.ts';
import { type CommandFactory, command } from './command.ts';

interface Options {
  readonly json?: boolean;
  readonly prefix?: string;
}

const SKIPPED_SHOWN = 20;

/** `falsework routes import`: the routes of an OpenAPI document, for the configuration. */
export const routesImportCommand: CommandFactory = (context, finish) =>
  command('import', 'write the routes of an OpenAPI 3.0 or 3.1 document for the configuration')
    .argument('<file>', 'the document, as YAML or JSON, in one file')
    .option('--prefix <path>', 'what stands before every path (default: of its server)', prefix)
    .addHelpText(
      'after',
      `
Writes YAML to paste under guard, or to keep in a file of its own. GET, HEAD and OPTIONS are
reads; of anything else nothing is guessed. Only the file is opened, and nothing is fetched.

  $ falsework routes import openapi.yaml > routes.yaml`,
    )
    .action((file: string, options: Options) =>
      finish(async () => {
        const document = await readOpenapi(resolve(context.cwd, file));
        const imported = importRoutes(document, options);
        const { routes, skipped } = imported;
        if (options.json) {
          sayJson(context.terminal, { file, openapi: document.version, routes, skipped });
        } else {
          say(context.terminal, routesYaml(imported).trimEnd());
          tell(context, file, imported);
        }
        return EXIT.done;
      }, options),
    );

/** What a person must know beside the routes; not a result, so that the results can be a file. */
function tell({ terminal }: Context, file: string, { routes, skipped }: ImportedRoutes): void {
  const reads = routes.filter(({ effects }) => effects === 'none').length;
  const others = routes.length - reads;
  note(
    terminal,
    `${formatCounted(routes.length, 'route')} of ${file}: ${reads} compared, ${others} not until their effects are declared`,
  );
  for (const { route, because } of skipped.slice(0, SKIPPED_SHOWN)) {
    note(terminal, `left out: ${route}: ${because}`);
  }
  const more = skipped.length - SKIPPED_SHOWN;
  if (more > 0) note(terminal, `left out: ${formatCounted(more, 'more')}`);
}

function prefix(text: string): string {
  if (/^(?:\/[^\s?#{}]*)?$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a path, such as /v1, or nothing.');
}
