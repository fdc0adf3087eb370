import type { Command } from 'commander';
import { chooseMigration, openControl } from '../access/control-access.ts';
import type { Context } from '../context.ts';
import { type DataSide, openDataSide, type ReadySide, readySide } from '../data/open-data-side.ts';
import { type ToldControl, toldControl } from '../data/tell-control.ts';
import type { Exit } from '../terminal/failure.ts';
import { stepCommand } from './command.ts';
import type { StepOptions } from './step.ts';

/** Begins a command of the data side. */
export function dataCommand(name: string, summary: string): Command {
  return stepCommand(name, summary).option(
    '--alone',
    'act on the stores without control: no gate is asked, and nobody is told',
  );
}

/** What an action of the data side is handed. */
export interface Acting {
  readonly side: ReadySide;
  /** `null` with `--alone`. */
  readonly control: ToldControl | null;
}

/** Options of an action as commander gives them. */
export interface ActingOptions extends StepOptions {
  readonly alone?: boolean;
}

/** Opens the stores, lends them to `act`, and closes them whatever becomes of it. */
export async function withDataSide(
  context: Context,
  options: ActingOptions,
  act: (side: DataSide) => Promise<Exit>,
): Promise<Exit> {
  const side = await openDataSide(context, options);
  try {
    return await act(side);
  } finally {
    await side.close();
  }
}

/** The same with a plan that holds together and with control, unless it is to be left out. */
export function withStores(
  context: Context,
  options: ActingOptions,
  act: (acting: Acting) => Promise<Exit>,
): Promise<Exit> {
  return withDataSide(context, options, async (opened) => {
    const side = readySide(opened);
    if (options.alone) return act({ side, control: null });
    const client = await openControl(context, options);
    const { name } = await chooseMigration(client, { ...options, migration: side.migration.name });
    const by = options.by ?? context.user;
    const stores = { stores: side.stores, forward: side.forward, reverse: side.reverse };
    const control = toldControl({ client, migration: name, by, clock: context.clock, stores });
    return act({ side, control });
  });
}
