import { formatCounted, formatDuration } from '@falsework/core/text';
import { type BackfillEvent, runBackfill } from '@falsework/data';
import type { Context } from '../context.ts';
import { type ProgressView, progressView } from '../data/progress-line.ts';
import { untilStopped } from '../data/until-stopped.ts';
import { EXIT, type Exit } from '../terminal/failure.ts';
import { note, say, sayJson } from '../terminal/terminal.ts';
import type { CommandFactory } from './command.ts';
import { type Acting, type ActingOptions, dataCommand, withStores } from './data-command.ts';

interface Options extends ActingOptions {
  readonly overwrite?: boolean;
}

/**
 * `falsework data backfill`: copies what was there before capture; goes on where it was stopped.
 */
export const dataBackfillCommand: CommandFactory = (context, finish) =>
  dataCommand('backfill', 'copy what was there before capture, beside live writes')
    .option('--overwrite', 'write over rows that the candidate’s store has already')
    .action((options: Options) =>
      finish(
        () => withStores(context, options, (acting) => backfill(context, options, acting)),
        options,
      ),
    );

async function backfill(
  context: Context,
  options: Options,
  { side, control }: Acting,
): Promise<Exit> {
  const { terminal, clock } = context;
  if (!options.execute) {
    for (const { source, follower } of side.forward.mappings) {
      say(
        terminal,
        `copies ${source.schema}.${source.table} to ${follower.schema}.${follower.table}`,
      );
    }
    say(
      terminal,
      'Nothing was changed. Add --execute to do it; it may be stopped and goes on later.',
    );
    return EXIT.done;
  }
  const view = progressView(context, options);
  const outcome = await untilStopped(context, (signal) =>
    runBackfill(side.forward, {
      clock,
      signal,
      overwritesRows: options.overwrite === true,
      onEvent: (event) => tell(view, event),
    }),
  );
  view.end();
  await control?.report();
  if (outcome.outcome === 'refused') {
    const because = outcome.because.map(({ code, message }) => ({ code, message }));
    if (options.json) sayJson(terminal, { state: 'refused', because });
    else for (const { code, message } of because) note(terminal, `refused ${message} (${code})`);
    return EXIT.refused;
  }
  const { tables, isComplete, isDrainedPastCutoff } = outcome.status;
  const rows = tables.reduce((sum, one) => sum + one.rows, 0);
  if (options.json)
    sayJson(terminal, { state: outcome.outcome, rows, isComplete, isDrainedPastCutoff });
  else say(terminal, `${outcome.outcome}: ${formatCounted(rows, 'row')} copied`);
  return EXIT.done;
}

function tell(view: ProgressView, event: BackfillEvent): void {
  switch (event.kind) {
    case 'progress':
    case 'table-finished':
      view.progress({ of: event.table, ...event.progress });
      return;
    case 'held': {
      const because = event.holds.map((hold) => JSON.stringify(hold)).join('; ');
      view.event('held', `waiting: ${because}`, { holds: event.holds });
      return;
    }
    case 'released':
      view.event('released', `going on after ${formatDuration(event.waitedMs)}`, {
        waitedMs: event.waitedMs,
      });
      return;
    case 'refused-rows':
      view.event('refused-rows', `${event.table}: ${rowsText(event.rows)} refused`, {
        table: event.table,
        rows: event.rows,
      });
      return;
    case 'retrying':
      view.event('retrying', `${event.table}: again with ${rowsText(event.rows)}`, {
        table: event.table,
        code: event.error?.code ?? null,
      });
      return;
    case 'captured':
    case 'table-started':
      view.event(event.kind, `${event.table}: ${event.kind}`, { table: event.table });
      return;
    case 'blind':
      view.event('blind', `${event.database}: ${event.sessions} sessions cannot be looked into`, {
        database: event.database,
        sessions: event.sessions,
      });
  }
}

function rowsText(rows: number | null): string {
  return rows === null ? 'rows' : formatCounted(rows, 'row');
}
