import { ROUTES } from '@falsework/client/contract';
import { explainConfig, type LoadedConfig, loadConfig, type Migration } from '@falsework/config';
import { walk } from '@falsework/core/stage';
import { formatCount, formatDuration, formatRate } from '@falsework/core/text';
import { glob } from 'tinyglobby';
import { type AccessOptions, openControl } from '../access/control-access.ts';
import type { Context } from '../context.ts';
import { columns } from '../terminal/columns.ts';
import { EXIT } from '../terminal/failure.ts';
import { note, say, sayJson } from '../terminal/terminal.ts';
import { type CommandFactory, command } from './command.ts';

interface Options extends AccessOptions {
  readonly json?: boolean;
  readonly values?: boolean;
  readonly report?: boolean;
}

/** What a scan of the source tree found for one migration. */
interface Scan {
  readonly migration: string;
  readonly legacyFiles: number | null;
}

/**
 * `falsework check`: validates the configuration and counts what is left of legacy, without any
 * server.
 */
export const checkCommand: CommandFactory = (context, finish) =>
  command('check', 'validate the configuration and count the legacy code that is left')
    .option('-c, --config <file>', 'the configuration')
    .option('--values', 'show every value and where it comes from')
    .option('--report', 'tell control how much legacy code is left')
    .action((options: Options) =>
      finish(async () => {
        const { cwd, env } = context;
        const file = options.config === undefined ? {} : { file: options.config };
        const config = await loadConfig({ cwd, env, ...file });
        const scans = await Promise.all(config.migrations.map((m) => scan(m, cwd)));
        if (options.report) await report(context, options, scans);
        if (options.json) sayJson(context.terminal, { file: config.file, migrations: scans });
        else show(context, config, scans, options);
        return EXIT.done;
      }, options),
    );

async function scan({ name, legacyCode }: Migration, cwd: string): Promise<Scan> {
  if (legacyCode.length === 0) return { migration: name, legacyFiles: null };
  const files = await glob([...legacyCode], { cwd, dot: true, onlyFiles: true });
  return { migration: name, legacyFiles: files.length };
}

async function report(context: Context, options: Options, scans: readonly Scan[]): Promise<void> {
  const client = await openControl(context, options);
  for (const { migration, legacyFiles } of scans) {
    if (legacyFiles === null) {
      note(context.terminal, `${migration} names no legacyCode, so there is nothing to report.`);
      continue;
    }
    const body = { files: legacyFiles };
    await client.call(ROUTES.legacyCode, { params: { migration }, query: {}, body });
  }
}

function show(
  { terminal }: Context,
  config: LoadedConfig,
  scans: readonly Scan[],
  options: Options,
): void {
  say(terminal, `${config.file ?? 'The configuration'} is valid.`);
  for (const migration of config.migrations) {
    const { mismatch, ramp, burnInMs } = migration.policy;
    const found = scans.find((s) => s.migration === migration.name)?.legacyFiles ?? null;
    const stages = walk(migration.topology)
      .map((row) => row.stage)
      .join(' → ');
    const rungs = ramp.steps.map((step) => [...step.cohorts, `${step.percent} %`].join(' and '));
    say(terminal, `${migration.name}: ${stages}`);
    say(
      terminal,
      `  mismatch below ${formatRate(mismatch.rateMax)} at ${formatRate(mismatch.confidence)} confidence`,
    );
    say(
      terminal,
      `  ramp ${rungs.join(', ')}, each for ${formatDuration(ramp.holdMs)}; burn-in ${formatDuration(burnInMs)}`,
    );
    say(
      terminal,
      `  legacy code: ${found === null ? 'not named' : `${formatCount(found)} files left`}`,
    );
  }
  if (!options.values) return;
  const rows = explainConfig(config).map(({ migration, path, value, source, from }) => [
    `  ${migration ? `${migration}: ` : ''}${path}`,
    String(value),
    from ? `${source} ${from}` : source,
  ]);
  for (const line of columns(rows)) say(terminal, line);
}
