import { type MigrationStatus, ROUTES } from '@falsework/client/contract';
import { shareWords } from '@falsework/client/words';
import { parseDuration } from '@falsework/config';
import { formatCount, formatDuration, formatRate } from '@falsework/core/text';
import { InvalidArgumentError, Option } from 'commander';
import { type AccessOptions, openControl } from '../access/control-access.ts';
import type { Context } from '../context.ts';
import { columns } from '../terminal/columns.ts';
import { EXIT } from '../terminal/failure.ts';
import { painter, say, sayJson } from '../terminal/terminal.ts';
import { watchStatus } from '../watch/watch-status.ts';
import { acceptedLines } from '../words/accepted.ts';
import { type CommandFactory, controlCommand } from './command.ts';

interface Options extends AccessOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly interval: number;
}

const INTERVAL_MS_MIN = 100;
const INTERVAL_MS_MAX = 3_600_000;

/** `falsework status`: every migration in a few lines, once or until one has seen enough. */
export const statusCommand: CommandFactory = (context, finish) =>
  controlCommand('status', 'show where every migration stands')
    .option('-w, --watch', 'go on showing it: redrawn for a person, a line per change in a pipe')
    .addOption(
      new Option('--interval <time>', 'how often to look while watching')
        .argParser(interval)
        .default(2_000, '2s'),
    )
    .action((options: Options) =>
      finish(async () => {
        const client = await openControl(context, options);
        if (options.watch) {
          const { interval: intervalMs, json: isJson = false, migration } = options;
          const one = migration === undefined ? {} : { migration };
          await watchStatus(context, client, { intervalMs, isJson, ...one });
          return EXIT.done;
        }
        const answer = await client.call(ROUTES.migrations, { params: {}, query: {}, body: {} });
        const wanted = options.migration;
        const shown = answer.migrations.filter((m) => wanted === undefined || m.name === wanted);
        if (options.json) sayJson(context.terminal, { migrations: shown });
        else for (const migration of shown) show(context, migration);
        return EXIT.done;
      }, options),
    );

function show({ terminal, clock }: Context, status: MigrationStatus): void {
  const paint = painter(terminal);
  const line = status.walk
    .map((stage) => (stage === status.stage ? paint('bold', `[${stage}]`) : stage))
    .join(' → ');
  say(terminal, `${paint('bold', status.name)}  ${line}`);
  const since = formatDuration(clock.now() - status.stepSince);
  const planes = `${formatCount(status.planes.length)} ${status.planes.length === 1 ? 'plane' : 'planes'}`;
  const days =
    status.daysLeft < 0 ? `${-status.daysLeft} days OVER its end` : `${status.daysLeft} days left`;
  say(
    terminal,
    `  ${shareWords(status)} served by the candidate for ${since} · ${planes} · ${status.owner} · ${days}`,
  );
  if (status.hold) say(terminal, `  on hold by ${status.hold.by}: ${status.hold.reason}`);
  for (const accepted of acceptedLines(status.accepted, paint)) say(terminal, accepted);
  const rows = status.strata.map((stratum) => [
    `  ${stratum.seam}${stratum.stratum ? ` · ${stratum.stratum}` : ''}`,
    `${formatCount(stratum.compared)} compared`,
    `${formatCount(stratum.differing)} differ`,
    `at most ${formatRate(stratum.rateHigh)}`,
    stratum.stillNeeded === 0 ? 'proven' : `${formatCount(stratum.stillNeeded)} more needed`,
    `p99 ${milliseconds(stratum.legacy.p99Ms)} → ${milliseconds(stratum.candidate.p99Ms)} ms`,
  ]);
  for (const row of columns(rows, { right: [1, 2, 3, 4] })) say(terminal, row);
  const open = status.next?.gates.find((gate) => gate.status !== 'pass');
  if (status.next) {
    const what = `next: ${status.next.stage} at ${shareWords(status.next)}`;
    say(terminal, `  ${what}${open ? `, needs ${open.needs}` : ', every gate passes'}`);
  }
}

function interval(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= INTERVAL_MS_MIN && ms <= INTERVAL_MS_MAX) return ms;
  throw new InvalidArgumentError('It must be a time from 100ms to 1h, such as 2s.');
}

function milliseconds(ms: number | null): string {
  return ms === null ? '–' : ms.toFixed(ms < 10 ? 1 : 0);
}
