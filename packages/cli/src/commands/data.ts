import { Command } from 'commander';
import type { CommandFactory } from './command.ts';
import { dataBackfillCommand } from './data-backfill.ts';
import { dataPlanCommand } from './data-plan.ts';
import { dataReconcileCommand } from './data-reconcile.ts';
import { dataRehearseCommand } from './data-rehearse.ts';
import { dataRollbackCommand } from './data-rollback.ts';
import { dataSealCommand } from './data-seal.ts';
import { dataStartCommand } from './data-start.ts';
import { dataStatusCommand } from './data-status.ts';
import { dataStrikeCommand } from './data-strike.ts';
import { dataTurnoverCommand } from './data-turnover.ts';

const PARTS = [
  dataPlanCommand,
  dataStartCommand,
  dataStatusCommand,
  dataBackfillCommand,
  dataReconcileCommand,
  dataRehearseCommand,
  dataTurnoverCommand,
  dataRollbackCommand,
  dataSealCommand,
  dataStrikeCommand,
];

/** `falsework data`: two stores kept equal, proven equal, switched and switched back. */
export const dataCommandGroup: CommandFactory = (context, finish) => {
  const group = new Command('data').description(
    'two stores: keep them equal, prove it, switch and switch back',
  );
  for (const part of PARTS) group.addCommand(part(context, finish));
  return group;
};
