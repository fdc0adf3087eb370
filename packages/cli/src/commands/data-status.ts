import { formatCounted, formatDuration } from '@falsework/core/text';
import { dataReport, leftovers, listRuns, readSeal } from '@falsework/data';
import { readySide } from '../data/open-data-side.ts';
import { statusLines } from '../data/status-lines.ts';
import { EXIT } from '../terminal/failure.ts';
import { say, sayJson } from '../terminal/terminal.ts';
import { type CommandFactory, controlCommand } from './command.ts';
import { type ActingOptions, withDataSide } from './data-command.ts';

/** `falsework data status`: where both stores stand, read from them now. */
export const dataStatusCommand: CommandFactory = (context, finish) =>
  controlCommand(
    'status',
    'where both stores stand: authority, lag, divergence, the way back',
  ).action((options: ActingOptions) =>
    finish(
      () =>
        withDataSide(context, options, async (opened) => {
          const side = readySide(opened);
          const now = context.clock.now();
          const report = await dataReport(side, now);
          const seal = await readSeal(side.stores.candidate, side.forward.schema);
          const runs = await listRuns(side);
          if (options.json) {
            const left = await leftovers(side.stores, side.migration.name);
            const sealed = seal && { sealedAt: seal.sealedAt, retainUntil: seal.retainUntil };
            sayJson(context.terminal, { ...report, seal: sealed, runs, leftovers: left });
            return EXIT.done;
          }
          for (const line of statusLines(report, now)) say(context.terminal, line);
          if (seal !== null) {
            const leftMs = seal.retainUntil - now;
            const words =
              leftMs > 0 ? `possible for another ${formatDuration(leftMs)}` : 'no longer promised';
            say(context.terminal, `sealed; rollback by replay is ${words}`);
          }
          const [last] = runs;
          if (last !== undefined) {
            const pause = last.facts.pauseMs;
            const waited = pause === undefined ? '' : `, writers waited ${formatDuration(pause)}`;
            const words = `last ${last.kind}: ${last.state} at ${last.step}${waited}`;
            say(context.terminal, last.because === null ? words : `${words}: ${last.because}`);
            say(context.terminal, `${formatCounted(runs.length, 'run')} on record`);
          }
          return EXIT.done;
        }),
      options,
    ),
  );
