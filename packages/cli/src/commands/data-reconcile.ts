import { formatCounted } from '@falsework/core/text';
import { type ReconcileEvent, repair, runReconcile } from '@falsework/data';
import type { Context } from '../context.ts';
import { keepInvariants, sideInvariants } from '../data/open-data-side.ts';
import { presentFeed } from '../data/present-feed.ts';
import { type ProgressView, progressView } from '../data/progress-line.ts';
import { untilStopped } from '../data/until-stopped.ts';
import { EXIT, type Exit } from '../terminal/failure.ts';
import { say, sayJson } from '../terminal/terminal.ts';
import type { CommandFactory } from './command.ts';
import { type Acting, type ActingOptions, dataCommand, withStores } from './data-command.ts';

interface Options extends ActingOptions {
  readonly repair?: boolean;
}

/**
 * `falsework data reconcile`: compares every row of both stores. It changes nothing of theirs; with
 * `--repair` it shows what a repair would do, and with `--execute` beside it does that.
 */
export const dataReconcileCommand: CommandFactory = (context, finish) =>
  dataCommand('reconcile', 'compare every row of both stores, exactly, while people write')
    .option('--repair', 'make rows that differ equal again; with --execute, really')
    .action((options: Options) =>
      finish(
        () => withStores(context, options, (acting) => reconcile(context, options, acting)),
        options,
      ),
    );

async function reconcile(
  context: Context,
  options: Options,
  { side, control }: Acting,
): Promise<Exit> {
  const { terminal, clock } = context;
  const feed = await presentFeed(side);
  const view = progressView(context, options);
  const share = side.settings.limits.copyShare;
  const report = await untilStopped(context, (signal) =>
    runReconcile(feed, { clock, signal, share, onEvent: (event) => tell(view, event) }),
  );
  view.end();
  const invariants = await sideInvariants(side, feed, clock);
  const unequal = invariants.filter(({ state }) => state === 'disagree').map(({ name }) => name);
  const unsettled = invariants.filter(({ state }) => state === 'unsettled').map(({ name }) => name);
  await keepInvariants(side, invariants, clock.now());
  const repaired = options.repair
    ? await repair(feed, {
        by: options.by ?? context.user,
        execute: options.execute === true,
        clock,
      })
    : null;
  await control?.report();
  const isEqual = report.isClean && unequal.length + unsettled.length === 0;
  if (options.json) {
    const told = invariants.map(({ name, state, onlySource, onlyFollower, at }) => {
      return { name, state, onlySource, onlyFollower, at };
    });
    sayJson(terminal, { isEqual, passes: report.passes, invariants: told, repaired });
    return isEqual ? EXIT.done : EXIT.refused;
  }
  for (const { mapping, state, rows, divergences } of report.passes) {
    const found = Object.entries(divergences).map(([kind, count]) => `${count} ${kind}`);
    say(
      terminal,
      `${mapping}: ${state}, ${formatCounted(rows, 'row')} compared ${found.join(', ')}`,
    );
  }
  if (unequal.length > 0) say(terminal, `Invariants that differ: ${unequal.join(', ')}`);
  if (unsettled.length > 0)
    say(terminal, `Invariants that could not be asked: ${unsettled.join(', ')}`);
  if (repaired !== null) {
    const words = repaired.isExecuted ? 'repaired' : 'would be repaired; add --execute';
    say(terminal, `${formatCounted(repaired.rows.length, 'row')} ${words}`);
  }
  return isEqual ? EXIT.done : EXIT.refused;
}

function tell(view: ProgressView, event: ReconcileEvent): void {
  if (event.kind === 'progress') {
    const { mapping, rows, estimatedRows, rowsPerSecond } = event;
    const left = Math.max(0, estimatedRows - rows);
    const etaMs = rowsPerSecond > 0 ? Math.ceil((1_000 * left) / rowsPerSecond) : null;
    view.progress({ of: mapping, rows, estimatedRows, rowsPerSecond, etaMs });
  } else if (event.kind === 'held') {
    view.event('held', `waiting: ${event.because}`, { because: event.because });
  } else if (event.kind === 'divergence') {
    const { mapping, divergence, keyDigest } = event;
    view.event('divergence', `${mapping}: ${divergence} ${keyDigest}`, {
      mapping,
      divergence,
      keyDigest,
    });
  }
}
