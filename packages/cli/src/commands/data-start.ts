import { progressView } from '../data/progress-line.ts';
import { relationName } from '../data/relation-name.ts';
import { untilStopped } from '../data/until-stopped.ts';
import { runWorker } from '../data/worker.ts';
import { whileTracing } from '../run/tracing.ts';
import { EXIT } from '../terminal/failure.ts';
import { say } from '../terminal/terminal.ts';
import type { CommandFactory } from './command.ts';
import { type ActingOptions, dataCommand, withStores } from './data-command.ts';

/** `falsework data start`: captures, drains and reports, until it is stopped. */
export const dataStartCommand: CommandFactory = (context, finish) =>
  dataCommand('start', 'capture, drain and report to control, until stopped').action(
    (options: ActingOptions) =>
      finish(
        () =>
          withStores(context, options, async ({ side, control }) => {
            const { terminal, clock } = context;
            if (!options.execute) {
              const { capture } = side.settings;
              for (const { relation } of side.forward.tables) {
                say(terminal, `captures ${relationName(relation)} of legacy’s store by ${capture}`);
              }
              say(
                terminal,
                'then carries every change over, in whichever direction the authority asks for',
              );
              say(terminal, 'undo: `falsework data strike` removes all of it');
              say(terminal, 'Nothing was changed. Add --execute to do it.');
              return EXIT.done;
            }
            const news = progressView(context, options);
            await whileTracing(context.env, 'falsework-data', () =>
              untilStopped(context, (signal) => runWorker({ side, control, clock, news, signal })),
            );
            return EXIT.done;
          }),
        options,
      ),
  );
