import { formatDuration } from '@falsework/core/text';
import { breakSeal, readSeal, sealStores } from '@falsework/data';
import { showRefusal } from '../data/switch-command.ts';
import { EXIT } from '../terminal/failure.ts';
import { say, sayJson } from '../terminal/terminal.ts';
import type { CommandFactory } from './command.ts';
import { type ActingOptions, dataCommand, withStores } from './data-command.ts';

const REQUEST = { type: 'advance', to: 'seal' } as const;

/** `falsework data seal`: ends the reverse feed at a point that is written down. */
export const dataSealCommand: CommandFactory = (context, finish) =>
  dataCommand('seal', 'stop feeding legacy’s store; from then on the way back is a replay').action(
    (options: ActingOptions) =>
      finish(
        () =>
          withStores(context, options, async ({ side, control }) => {
            const { terminal, clock } = context;
            await control?.report();
            const refusal = (await control?.ask(REQUEST, { execute: false })) ?? null;
            if (refusal !== null) return showRefusal(context, options, refusal);
            const { retainMs } = side.settings.limits;
            if (!options.execute) {
              say(terminal, 'ends the reverse feed at a point that is written down');
              say(terminal, `undo: a replay of everything since, for ${formatDuration(retainMs)}`);
              say(terminal, 'Nothing was changed. Add --execute to do it.');
              return EXIT.done;
            }
            const known = await readSeal(side.stores.candidate, side.forward.schema);
            const outcome = await sealStores(side.reverse, { now: clock.now(), retainMs });
            if (outcome.state === 'refused') {
              const { because, action } = outcome;
              return showRefusal(context, options, { message: because, action, missing: [] });
            }
            const refused = (await control?.ask(REQUEST, { execute: true })) ?? null;
            if (refused !== null) {
              // Control did not follow, so legacy is to be fed on; a seal that stood before stays.
              if (known === null) await breakSeal(side.reverse);
              return showRefusal(context, options, refused);
            }
            const { sealedAt, retainUntil } = outcome.seal;
            if (options.json) sayJson(terminal, { state: 'done', sealedAt, retainUntil });
            else
              say(
                terminal,
                `sealed; rollback by replay until ${new Date(retainUntil).toISOString()}`,
              );
            return EXIT.done;
          }),
        options,
      ),
  );
