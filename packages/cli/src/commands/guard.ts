import { resolve } from 'node:path';
import { connectToControl } from '@falsework/client';
import { loadConfig, parseDuration } from '@falsework/config';
import { fault } from '@falsework/core/errors';
import type { GuardOptions } from '@falsework/guard';
import type { AnyGuardOptions } from '@falsework/guard/grpc';
import { systemClock, systemRandom } from '@falsework/system';
import { InvalidArgumentError, Option } from 'commander';
import { stateFolder } from '../access/control-access.ts';
import { readToken, tokenFile } from '../access/token-file.ts';
import { chooseConfigured } from '../access/writes-access.ts';
import type { Context } from '../context.ts';
import { fencedStores } from '../run/guard-fence.ts';
import { GuardView } from '../run/guard-view.ts';
import { reloadOnSignal } from '../run/reloading.ts';
import { type GuardPlan, startServedGuard } from '../run/served-guard.ts';
import { whileTracing } from '../run/tracing.ts';
import { EXIT, type Exit } from '../terminal/failure.ts';
import { note, sayJson } from '../terminal/terminal.ts';
import { type CommandFactory, command } from './command.ts';

interface Options {
  readonly legacy?: string;
  readonly candidate?: string;
  readonly port?: number;
  readonly host?: string;
  readonly sample?: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly ca?: string;
  readonly descriptors?: string;
  readonly reflection?: boolean;
  readonly shadowCredentials?: boolean;
  readonly config?: string;
  readonly migration?: string;
  readonly for?: number;
  readonly workers?: number | 'all';
  readonly all?: boolean;
  readonly json?: boolean;
}

const STOP_WITHIN_MS = 5_000;

/**
 * `falsework guard`: serves legacy, compares the candidate. With a configuration it is part of a
 * migration.
 */
export const guardCommand: CommandFactory = (context, finish) =>
  command('guard', 'serve legacy, compare the candidate off the path, and say what differs')
    .option('--legacy <url>', 'the service that serves: http://orders-v1:8080, or grpc://…')
    .option('--candidate <url>', 'the service that is to take over')
    .option('--port <port>', 'where callers connect', port)
    .option('--host <address>', 'the address to listen on, or unix:/path (default: 127.0.0.1)')
    .option('--sample <share>', 'share of reads to compare, as 0.1 or 10% (default: 10%)', share)
    .option('--shadow-credentials', 'let shadows carry callers’ sign-ins, cookies and API keys')
    .option('--tls-cert <file>', 'speak TLS to callers, with this certificate (PEM)')
    .option('--tls-key <file>', 'the key of that certificate (PEM)')
    .option('--ca <file>', 'who vouches for the certificates of both sides (PEM)')
    .option('--descriptors <file>', 'what the messages of gRPC mean: a descriptor set')
    .option('--reflection', 'ask the gRPC service itself what its messages mean')
    .option('--workers <count>', 'processes that take callers, or all: one a core', workers)
    .option('--all', 'show every route, cause and unproven route, however many')
    .option('--for <time>', 'stop by itself after this long, such as 30s', duration)
    .option('-c, --config <file>', 'be the guard of a configured migration, steered by its control')
    .addOption(new Option('-m, --migration <name>', 'which one of the configuration'))
    .addHelpText(
      'after',
      `
Without --config nothing is needed but the two services: reads are compared, writes go to legacy
only, and legacy's answers are passed on unchanged.

  $ falsework guard --legacy http://127.0.0.1:8080 --candidate http://127.0.0.1:8081 --for 30s
  $ falsework guard --legacy grpc://127.0.0.1:50051 --candidate grpc://127.0.0.1:50052 --descriptors set.binpb`,
    )
    .action((options: Options) =>
      finish(
        () => whileTracing(context.env, 'falsework-guard', () => guard(context, options)),
        options,
      ),
    );

async function guard(context: Context, options: Options): Promise<Exit> {
  const { terminal } = context;
  const warn = (words: string): void => note(terminal, words);
  const guard = await startServedGuard(await planOf(context, options), warn);
  const isWhole = options.all === true;
  const view = new GuardView(context, [guard], { isJson: options.json === true, isWhole });
  const forget =
    options.config === undefined
      ? context.onReload(() => warn('there is no configuration to read again: nothing changed'))
      : reloadOnSignal(context, async () => guard.reload(await planOf(context, options)));
  if (!context.terminal.isInteractive) note(context.terminal, `guard on ${guard.url}`);
  view.start();
  await Promise.race([
    context.stopped(),
    ...(options.for === undefined ? [] : [pause(options.for)]),
  ]);
  forget();
  await guard.stop({ withinMs: STOP_WITHIN_MS });
  if (options.json) sayJson(context.terminal, guard.report());
  else view.end();
  return EXIT.done;
}

async function planOf(context: Context, options: Options): Promise<GuardPlan> {
  const { legacy, candidate, port: given, host, sample } = options;
  if (options.config !== undefined) return configured(context, options);
  if (legacy === undefined || candidate === undefined) {
    throw fault('FW_GUARD_SIDES_MISSING', {
      missing: legacy === undefined ? '--legacy' : '--candidate',
    });
  }
  const made: AnyGuardOptions = {
    legacy,
    candidate,
    port: given ?? 8000,
    ...(host === undefined ? {} : { host }),
    ...(sample === undefined ? {} : { sample }),
    ...traffic(context, options),
  };
  const source = { kind: 'options', options: made } as const;
  return { options: made, source, workers: options.workers ?? 1, stores: null, link: null };
}

async function configured(context: Context, options: Options): Promise<GuardPlan> {
  const { cwd, env } = context;
  const file = options.config === undefined ? {} : { file: options.config };
  const { legacy, candidate, port: given, host, workers: count } = options;
  const own = { legacy, candidate, port: given, host, workers: count };
  const flags = { guard: { ...own, ...traffic(context, options) } };
  const config = await loadConfig({ cwd, env, flags, ...file });
  const migration = chooseConfigured(config.migrations, options.migration);
  const { guard } = migration;
  if (!guard) throw fault('FW_GUARD_NOT_CONFIGURED', { migration: migration.name });
  const token = config.control.token ?? readToken(tokenFile(stateFolder(config.control, cwd)));
  const link = connectToControl({
    url: config.control.url,
    token,
    migration: migration.name,
    clock: systemClock,
    random: systemRandom,
  });
  const from = { kind: 'config', cwd, file: options.config ?? null } as const;
  const source = { ...from, flags, migration: migration.name };
  const { workers } = guard;
  return { options: guard, source, workers, stores: fencedStores(migration), link };
}

/** Settings of the guard that are the same in the configuration. */
interface Traffic extends Pick<GuardOptions, 'shadowsCarryCredentials'> {
  readonly grpc?: { readonly descriptors?: string; readonly reflection?: boolean };
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly sides?: Readonly<Record<'legacy' | 'candidate', { readonly ca: string }>>;
}

/** The flags that are settings of the guard in the same shape. Files are found from here. */
function traffic({ cwd }: Context, options: Options): Traffic {
  const { tlsCert, tlsKey, ca, shadowCredentials, descriptors, reflection } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const missing = tlsCert === undefined ? '--tls-cert' : '--tls-key';
    throw fault('FW_GUARD_OPTION', { option: missing, got: 'nothing', expected: 'a PEM file' });
  }
  const side = { ca: resolve(cwd, ca ?? '') };
  const grpc = {
    ...(descriptors === undefined ? {} : { descriptors: resolve(cwd, descriptors) }),
    ...(reflection === true ? { reflection } : {}),
  };
  return {
    ...(tlsCert === undefined || tlsKey === undefined
      ? {}
      : { tls: { cert: resolve(cwd, tlsCert), key: resolve(cwd, tlsKey) } }),
    ...(ca === undefined ? {} : { sides: { legacy: side, candidate: side } }),
    ...(Object.keys(grpc).length === 0 ? {} : { grpc }),
    ...(shadowCredentials === true ? { shadowsCarryCredentials: true } : {}),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function workers(text: string): number | 'all' {
  if (text === 'all') return 'all';
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 512) return value;
  throw new InvalidArgumentError('It must be 1 to 512, or all.');
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError('It must be a port, 0 to 65535.');
}

function share(text: string): number {
  const value = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a share, such as 0.1 or 10%.');
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError('It must be a time, such as 30s, 5m or 1h.');
}
