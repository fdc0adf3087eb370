import type { MigrationStatus } from '@falsework/client/contract';
import { loadConfig } from '@falsework/config';
import { isFalseworkError } from '@falsework/core/errors';
import { formatCount, formatCounted, formatDuration } from '@falsework/core/text';
import { type AccessOptions, chooseMigration, openControl } from '../access/control-access.ts';
import type { Context } from '../context.ts';
import { columns } from '../terminal/columns.ts';
import { EXIT } from '../terminal/failure.ts';
import { painter, say, sayJson } from '../terminal/terminal.ts';
import {
  type DeclaredEffects,
  type RouteStanding,
  routeStandings,
  UNPROVEN_WORDS,
} from '../words/route-standing.ts';
import { type CommandFactory, controlCommand } from './command.ts';
import { routesImportCommand } from './routes-import.ts';

/** `falsework routes`: what is compared and what is not, with the traffic that it has. */
export const routesCommand: CommandFactory = (context, finish) =>
  controlCommand('routes', 'list the routes with their traffic, unproven ones first')
    .enablePositionalOptions()
    .action((options: AccessOptions & { json?: boolean }) =>
      finish(async () => {
        const client = await openControl(context, options);
        const status = await chooseMigration(client, options);
        const declared = await declaredEffects(context, options, status.name);
        const routes = routeStandings(status, declared);
        if (options.json) {
          sayJson(context.terminal, { migration: status.name, since: status.stepSince, routes });
        } else show(context, status, routes);
        return EXIT.done;
      }, options),
    )
    .addCommand(routesImportCommand(context, finish));

/** What the configuration here declares; nothing where control is asked from somewhere else. */
async function declaredEffects(
  { cwd, env }: Context,
  { config }: AccessOptions,
  name: string,
): Promise<DeclaredEffects> {
  try {
    const { migrations } = await loadConfig({
      cwd,
      env,
      ...(config === undefined ? {} : { file: config }),
    });
    const guard = migrations.find((migration) => migration.name === name)?.guard;
    const routes = guard?.routes ?? [];
    const methods = Object.entries(guard?.grpc?.methods ?? {});
    return new Map([
      ...routes.map(({ seam, effects }) => [seam, effects] as const),
      ...methods.flatMap(([seam, { effects }]) => (effects ? [[seam, effects] as const] : [])),
    ]);
  } catch (error) {
    const isMissing = isFalseworkError(error) && error.code === 'FW_CONFIG_NOT_FOUND';
    if (!isMissing || config !== undefined) throw error;
    return new Map();
  }
}

function show(
  { terminal, clock }: Context,
  { name, stage, stepSince }: MigrationStatus,
  routes: readonly RouteStanding[],
): void {
  const paint = painter(terminal);
  const unproven = routes.filter((route) => route.unproven !== null);
  const requests = (some: readonly RouteStanding[]): number =>
    some.reduce((sum, route) => sum + route.requests, 0);
  const since = formatDuration(clock.now() - stepSince);
  if (routes.length === 0) {
    const none = `no route was called in ${since}, and none is declared here`;
    say(terminal, `${paint('bold', name)} is in \`${stage}\`: ${none}`);
    return;
  }
  say(
    terminal,
    `${paint('bold', name)} is in \`${stage}\`: ${formatCount(unproven.length)} of ${formatCounted(routes.length, 'route')} unproven, with ${formatCount(requests(unproven))} of ${formatCounted(requests(routes), 'request')} in ${since}`,
  );
  const rows = columns(
    routes.map((route) => [
      `  ${route.route}`,
      formatCounted(route.requests, 'request'),
      standing(route),
    ]),
    { right: [1] },
  );
  for (const row of rows) say(terminal, row);
}

function standing({ unproven, compared, differing }: RouteStanding): string {
  if (unproven !== null) return UNPROVEN_WORDS[unproven];
  const differ = differing === 0 ? 'none differ' : `${formatCount(differing)} differ`;
  return `${formatCount(compared)} compared, ${differ}`;
}
