import { connectToControl } from '@falsework/client';
import {
  type ControlSettings,
  type Environment,
  type LoadedConfig,
  loadConfig,
  type ReadTarget,
  readNotify,
  readTokens,
} from '@falsework/config';
import { systemClock, systemRandom } from '@falsework/system';
import { Option } from 'commander';
import { stateFolder } from '../access/control-access.ts';
import { ensureToken, tokenFile } from '../access/token-file.ts';
import type { Context } from '../context.ts';
import { managedMigration } from '../managed.ts';
import { type ControlThread, startControlThread } from '../run/control-thread.ts';
import type { ControlWorkerData } from '../run/control-worker.ts';
import { fencedStores } from '../run/guard-fence.ts';
import { GuardView } from '../run/guard-view.ts';
import { reloadOnSignal } from '../run/reloading.ts';
import { type GuardPlan, type ServedGuard, startServedGuard } from '../run/served-guard.ts';
import { refuseOther, takeOver } from '../run/take-over.ts';
import { whileTracing } from '../run/tracing.ts';
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
    .action((options: Options) =>
      finish(() => whileTracing(context.env, 'falsework', () => up(context, options)), options),
    );

async function up(context: Context, options: Options): Promise<Exit> {
  const { cwd, env, terminal } = context;
  let config = await load(context, options);
  for (const { variable, nearest } of config.ignoredVariables) {
    note(terminal, `${variable} sets nothing${nearest ? `; is ${nearest} meant?` : ''}`);
  }
  const token = config.control.token ?? ensureToken(tokenFile(stateFolder(config.control, cwd)));
  // A control that died is no reason to stop serving: its planes go on by their last snapshot. But
  // it is said.
  let secrets = secretsOf(config, env);
  const startControl = async (by: LoadedConfig, port: number): Promise<ControlThread> => {
    const tokens = [{ secret: token, role: 'operator' as const, name: null }, ...secrets.tokens];
    const data = controlData(by, { ...secrets, tokens }, options);
    const started = await startControlThread({ ...data, port });
    started.died.catch((error: unknown) => note(terminal, `control died: ${String(error)}`));
    return started;
  };
  let control = await startControl(config, config.control.port);
  const plansBy = (by: LoadedConfig) => plansOf(context, options, by, { url: control.url, token });
  const served = options.guard
    ? await startGuards(context, plansBy(config), control)
    : new Map<string, ServedGuard>();
  const guards = [...served.values()];
  announce(context, options, control, guards);
  const view = new GuardView(context, guards, { isJson: options.json === true });
  view.start();
  const port = Number(new URL(control.url).port);
  const forget = reloadOnSignal(context, async () => {
    const renewed = await load(context, options);
    refuseOther(config, renewed);
    // Before anything is stopped: control must not stay away because a secret cannot be read. A
    // token that is taken out ends with its sessions, whatever becomes of the rest.
    secrets = secretsOf(renewed, env);
    // Rules are control's too: their evidence begins anew. What planes see meanwhile they keep.
    await control.stop();
    try {
      await takeOver(served, { before: plansBy(config), after: plansBy(renewed) });
      config = renewed;
    } finally {
      control = await startControl(config, port);
    }
  });
  await context.stopped();
  forget();
  await Promise.all(guards.map((guard) => guard.stop({ withinMs: STOP_WITHIN_MS })));
  await control.stop();
  if (!options.json && guards.length > 0) view.end();
  return EXIT.done;
}

function load({ cwd, env }: Context, { config }: Options): Promise<LoadedConfig> {
  return loadConfig({ cwd, env, ...(config === undefined ? {} : { file: config }) });
}

/** What control alone may know of a configuration. */
interface Secrets {
  readonly tokens: ControlWorkerData['tokens'];
  /** Where notices go, by migration. */
  readonly targets: ReadonlyMap<string, readonly ReadTarget[]>;
}

function secretsOf({ control, migrations }: LoadedConfig, env: Environment): Secrets {
  const targets = migrations.map(({ name, notify }) => [name, readNotify(notify, env)] as const);
  return { tokens: readTokens(control.tokens, env), targets: new Map(targets) };
}

function controlData(
  { control, migrations }: LoadedConfig,
  { tokens, targets }: Secrets,
  { logLevel }: Options,
) {
  return {
    migrations: migrations.map((migration) => ({
      ...managedMigration(migration),
      notify: targets.get(migration.name) ?? [],
    })),
    // Any free port is known only once it is taken: control then says it itself.
    ...(control.port === 0 ? {} : { publicUrl: control.url }),
    store: storeAddress(control),
    host: control.host,
    port: control.port,
    tokens,
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

/** What each configured guard is started with, by the name of its migration. */
function plansOf(
  { cwd }: Context,
  { config: file }: Options,
  { migrations }: LoadedConfig,
  to: { readonly url: string; readonly token: string },
): ReadonlyMap<string, GuardPlan> {
  const plans = migrations.flatMap((migration): [string, GuardPlan][] => {
    const { name, guard } = migration;
    if (!guard) return [];
    const from = { kind: 'config', cwd, file: file ?? null } as const;
    const source = { ...from, flags: {}, migration: name };
    const host = { clock: systemClock, random: systemRandom };
    const link = connectToControl({ ...to, migration: name, ...host });
    const { workers } = guard;
    return [[name, { options: guard, source, workers, stores: fencedStores(migration), link }]];
  });
  return new Map(plans);
}

/**
 * Starts every configured guard, or none: one that cannot start takes down what was started before
 * it.
 */
async function startGuards(
  { terminal }: Context,
  plans: ReadonlyMap<string, GuardPlan>,
  control: ControlThread,
): Promise<Map<string, ServedGuard>> {
  const started = new Map<string, ServedGuard>();
  try {
    for (const [name, plan] of plans) {
      started.set(name, await startServedGuard(plan, (words) => note(terminal, words)));
    }
    return started;
  } catch (error) {
    await Promise.all([...started.values()].map((guard) => guard.stop({ withinMs: 0 })));
    await control.stop();
    throw error;
  }
}

function announce(
  { terminal }: Context,
  { json }: Options,
  control: ControlThread,
  guards: readonly ServedGuard[],
): void {
  if (json) {
    sayJson(terminal, { control: control.url, guard: guards.map((guard) => guard.url) });
    return;
  }
  note(terminal, `control and its console on ${control.url}`);
  for (const guard of guards) note(terminal, `guard on ${guard.url}`);
}
