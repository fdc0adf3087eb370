import { ROUTES } from '@falsework/client/contract';
import { type GuardSettings, loadConfig } from '@falsework/config';
import { createComparator } from '@falsework/core/compare';
import { fault } from '@falsework/core/errors';
import type { Finding, StoredRequest } from '@falsework/core/evidence';
import { replay as askAgain, type ReplayOptions } from '@falsework/guard';
import { chooseCause } from '../access/cause-access.ts';
import { type AccessOptions, chooseMigration, openControl } from '../access/control-access.ts';
import type { Context } from '../context.ts';
import { EXIT, type Exit } from '../terminal/failure.ts';
import { say, sayJson } from '../terminal/terminal.ts';
import { type CommandFactory, controlCommand } from './command.ts';

type Options = AccessOptions & { readonly json?: boolean };

/** What asking a stored request again has shown. */
interface Replayed {
  readonly request: string;
  readonly result:
    | 'still differs'
    | 'differs otherwise'
    | 'equal now'
    | 'not compared'
    | 'not asked';
  /** The differences, or why it was not asked. */
  readonly detail: string;
}

type Conclusion = 'still differs' | 'differs otherwise' | 'equal now' | 'unknown';

const CONCLUSIONS: Readonly<Record<Conclusion, string>> = {
  'still differs': 'still differs',
  'differs otherwise': 'differs no more in this way, but in another',
  'equal now': 'both sides answer equally now',
  unknown: 'nothing could be compared: it is not known whether it still differs',
};

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
const TIMEOUT_MS = 10_000;

/** `falsework replay`: asks stored requests of a cause again, of the builds that run now. */
export const replayCommand: CommandFactory = (context, finish) =>
  controlCommand(
    'replay',
    'ask the stored requests of a cause again, and say whether it still differs',
  )
    .argument('<id>', 'the cause: as much of its id as is needed, such as a41f')
    .addHelpText(
      'after',
      `
Only reads are asked, of both services of the configuration. Exits with 0 when what could be asked
is answered equally now, and with 1 when it is not, or when nothing could be asked: that is no proof.`,
    )
    .action((id: string, options: Options) => finish(() => replay(context, id, options), options));

async function replay(context: Context, id: string, options: Options): Promise<Exit> {
  const client = await openControl(context, options);
  const status = await chooseMigration(client, options);
  const { record } = await chooseCause(client, status, id);
  const guard = await guardOf(context, options, status.name);
  const params = { migration: status.name };
  const query = { id: record.id, limit: 10 };
  const { pairs } = await client.call(ROUTES.pairs, { params, query, body: {} });
  const { compare: rules, redact } =
    guard.routes.find((route) => route.seam === record.seam) ?? guard;
  const comparator = createComparator({ rules });
  const terms = { ...guard, redact, comparator, timeoutMs: TIMEOUT_MS };
  const replayed: Replayed[] = [];
  for (const { request, seam } of pairs) {
    replayed.push(await again(request, record.id, { ...terms, seam }));
  }
  const conclusion = concluded(replayed);
  if (options.json) sayJson(context.terminal, { id: record.id, conclusion, replayed });
  else show(context, record.id, conclusion, replayed);
  return conclusion === 'equal now' ? EXIT.done : EXIT.failed;
}

/** What all of it says: the worst that was seen; `unknown` when nothing was. */
function concluded(replayed: readonly Replayed[]): Conclusion {
  const has = (result: Replayed['result']): boolean =>
    replayed.some((each) => each.result === result);
  if (has('still differs')) return 'still differs';
  if (has('differs otherwise')) return 'differs otherwise';
  return has('equal now') ? 'equal now' : 'unknown';
}

async function guardOf(
  { cwd, env }: Context,
  options: Options,
  name: string,
): Promise<GuardSettings> {
  const file = options.config === undefined ? {} : { file: options.config };
  const { migrations } = await loadConfig({ cwd, env, ...file });
  const guard = migrations.find((migration) => migration.name === name)?.guard;
  if (!guard) throw fault('FW_GUARD_NOT_CONFIGURED', { migration: name });
  return guard;
}

async function again(
  request: StoredRequest | null,
  id: string,
  options: ReplayOptions,
): Promise<Replayed> {
  const obstacle = obstacleTo(request);
  if (request === null || obstacle !== null) {
    const shown = request ? wordsOf(request) : options.seam;
    return { request: shown, result: 'not asked', detail: obstacle ?? '' };
  }
  const judgement = await askAgain(request, options);
  if (judgement.result === 'incomplete') {
    const detail = 'neither side gave an answer that could be compared whole';
    return { request: wordsOf(request), result: 'not compared', detail };
  }
  const detail = judgement.findings.map(findingWords).join('\n');
  return { request: wordsOf(request), result: resultOf(judgement, id), detail };
}

function resultOf({ result, findings }: Awaited<ReturnType<typeof askAgain>>, id: string) {
  if (result !== 'different') return 'equal now';
  return findings.some((finding) => finding.id === id) ? 'still differs' : 'differs otherwise';
}

function findingWords({ id, kind, example }: Finding): string {
  return `#${id.slice(0, 4)}  ${example.path}  ${kind}  ${example.legacy} → ${example.candidate}`;
}

function obstacleTo(request: StoredRequest | null): string | null {
  if (request === null) return 'there is no request: it happened in a process';
  if (!READS.has(request.method)) return `${request.method} is no read`;
  return request.isComplete ? null : 'a secret was taken out of it before it was stored';
}

function wordsOf({ method, target }: StoredRequest): string {
  return `${method} ${target}`;
}

function show(
  { terminal }: Context,
  id: string,
  conclusion: Conclusion,
  replayed: readonly Replayed[],
): void {
  if (replayed.length === 0) say(terminal, 'No request of this cause is stored.');
  for (const { request, result, detail } of replayed) {
    say(terminal, `${request}  ${result}`);
    for (const line of detail.split('\n').filter((each) => each !== ''))
      say(terminal, `    ${line}`);
  }
  say(terminal, `#${id.slice(0, 4)}: ${CONCLUSIONS[conclusion]}`);
}
