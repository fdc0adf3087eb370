import { authorityOf, leftovers, readEpochs, strikeStores } from '@falsework/data';
import { showRefusal } from '../data/switch-command.ts';
import { EXIT } from '../terminal/failure.ts';
import { note, say, sayJson } from '../terminal/terminal.ts';
import type { CommandFactory } from './command.ts';
import { type ActingOptions, dataCommand, withStores } from './data-command.ts';

/** `falsework data strike`: removes everything of Falsework's from both stores. */
export const dataStrikeCommand: CommandFactory = (context, finish) =>
  dataCommand('strike', 'remove outboxes, triggers, fences and journals from both stores').action(
    (options: ActingOptions) =>
      finish(
        () =>
          withStores(context, options, async ({ side, control }) => {
            const { terminal } = context;
            const { stores, migration, forward } = side;
            const refusal = strikeRefusal(control === null, {
              stage: (await control?.stage()) ?? null,
              authority: authorityOf(await readEpochs(stores, forward.schema)),
            });
            if (refusal !== null) return showRefusal(context, options, refusal);
            const found = await leftovers(stores, migration.name);
            if (!options.execute) {
              for (const name of found.legacy) say(terminal, `legacy: removes ${name}`);
              for (const name of found.candidate) say(terminal, `candidate: removes ${name}`);
              say(terminal, 'There is no undo. Nothing was changed. Add --execute to do it.');
              return EXIT.done;
            }
            const left = await strikeStores(stores, migration.name);
            if (options.json) sayJson(terminal, { state: 'done', removed: found, left });
            const rest = [...left.legacy, ...left.candidate];
            for (const name of rest) note(terminal, `left: ${name}`);
            if (!options.json && rest.length === 0) say(terminal, 'struck: both stores are clean');
            return rest.length === 0 ? EXIT.done : EXIT.failed;
          }),
        options,
      ),
  );

interface Standing {
  readonly stage: string | null;
  readonly authority: string | null;
}

/** Control must have entered strike, or never have left inert: in between stores depend on it. */
function strikeRefusal(
  isAlone: boolean,
  { stage, authority }: Standing,
): { message: string; action: string; missing: [] } | null {
  const missing: [] = [];
  if (isAlone) {
    if (authority !== null) return null;
    const message = 'A switch between the stores is under way. Nothing was changed.';
    return { message, action: 'Finish it first: `falsework data status`.', missing };
  }
  if (stage === 'strike' || stage === 'inert') return null;
  const message = `Control stands in ${stage}, and that rests on what would be removed. Nothing was changed.`;
  return { message, action: 'Advance to strike, or roll back to inert, first.', missing };
}
