import { connectToControl } from '@falsework/client';
import { type ControlSettings, type LoadedConfig, loadConfig } from '@falsework/config';
import type { RunningGuard } from '@falsework/guard';
import { systemClock, systemRandom } from '@falsework/system';
import { Option } from 'commander';
import { stateFolder } from '../access/control-access.ts';
import { ensureToken, tokenFile } from '../access/token-file.ts';
import type { Context } from '../context.ts';
import { managedMigration } from '../managed.ts';
import { type ControlThread, startControlThread } from '../run/control-thread.ts';
import { GuardView } from '../run/guard-view.ts';
import { startGuardOf } from '../run/start-guard.ts';
import { EXIT, type Exit } from '../terminal/failure.ts';
import { note, sayJson } from '../terminal/terminal.ts';
import { VERSION } from '../version.ts';
import { type CommandFactory, command } from './command.ts';

interface Options {
  readonly config?: string;
  readonly json?: boolean;
  readonly guard: boolean;
  readonly logLevel: string;
  readonly loop?: number;
}

const STOP_WITHIN_MS = 5_000;

/** `falsework up`: control, and the guards of the configured migrations, in one process. */
export const upCommand: CommandFactory = (context, finish) =>
  command('up', 'run control and the configured guards in one process, on an embedded file')
    .option('-c, --config <file>', 'the configuration')
    .option('--no-guard', 'control only; guards run elsewhere')
    .addOption(
      new Option('--log-level <level>', 'what control logs to stderr')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('warn'),
    )
    .action((options: Options) => finish(() => up(context, options), options));

async function up(context: Context, options: Options): Promise<Exit> {
  const { cwd, env, terminal } = context;
  const file = options.config === undefined ? {} : { file: options.config };
  const config = await loadConfig({ cwd, env, ...file });
  for (const { variable, nearest } of config.ignoredVariables) {
    note(terminal, `${variable} sets nothing${nearest ? `; is ${nearest} meant?` : ''}`);
  }
  const token = config.control.token ?? ensureToken(tokenFile(stateFolder(config.control, cwd)));
  const control = await startControlThread(controlData(config, token, options));
  const guards = options.guard ? await startGuards(config, control, token) : [];
  announce(context, options, control, guards);
  const view = new GuardView(context, guards, options.json === true);
  view.start();
  // A control that died is no reason to stop serving: its planes go on by their last snapshot. But
  // it is said.
  control.died.catch((error: unknown) => note(terminal, `control died: ${String(error)}`));
  await context.stopped();
  await Promise.all(guards.map((guard) => guard.stop({ withinMs: STOP_WITHIN_MS })));
  await control.stop();
  if (!options.json && guards.length > 0) view.end();
  return EXIT.done;
}

function controlData(config: LoadedConfig, token: string, { logLevel }: Options) {
  const { control, migrations } = config;
  return {
    migrations: migrations.map(managedMigration),
    store: storeAddress(control),
    host: control.host,
    port: control.port,
    tokens: [{ secret: token, role: 'operator' as const, name: null }],
    version: VERSION,
    // Policies of seconds want looks of fractions of one; policies of hours do not mind them.
    loopMs: Math.min(
      1_000,
      ...migrations.map(({ policy }) => Math.max(100, policy.ramp.holdMs / 10)),
    ),
    logLevel,
  };
}

function storeAddress({ store }: ControlSettings): string {
  return store.kind === 'sqlite' ? `sqlite:${store.file}` : store.url;
}

/**
 * Starts every configured guard, or none: one that cannot start takes down what was started before
 * it.
 */
async function startGuards(
  { migrations }: LoadedConfig,
  control: ControlThread,
  token: string,
): Promise<RunningGuard[]> {
  const started: RunningGuard[] = [];
  try {
    for (const { name, guard } of migrations) {
      if (!guard) continue;
      const link = connectToControl({
        url: control.url,
        token,
        migration: name,
        clock: systemClock,
        random: systemRandom,
      });
      started.push(await startGuardOf({ ...guard, link }));
    }
    return started;
  } catch (error) {
    await Promise.all(started.map((guard) => guard.stop({ withinMs: 0 })));
    await control.stop();
    throw error;
  }
}

function announce(
  { terminal }: Context,
  { json }: Options,
  control: ControlThread,
  guards: readonly RunningGuard[],
): void {
  if (json) {
    sayJson(terminal, { control: control.url, guard: guards.map((guard) => guard.url) });
    return;
  }
  note(terminal, `control on ${control.url}`);
  for (const guard of guards) note(terminal, `guard on ${guard.url}`);
}
