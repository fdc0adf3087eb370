import { explainPlan } from '@falsework/data';
import { EXIT } from '../terminal/failure.ts';
import { say, sayJson } from '../terminal/terminal.ts';
import { type CommandFactory, controlCommand } from './command.ts';
import { type ActingOptions, withDataSide } from './data-command.ts';

/** `falsework data plan`: what the migration would meet in both stores; nothing is changed. */
export const dataPlanCommand: CommandFactory = (context, finish) =>
  controlCommand('plan', 'read both catalogues and say what the migration would meet').action(
    (options: ActingOptions) =>
      finish(
        () =>
          withDataSide(context, options, async ({ plan }) => {
            const { refused, findings, blockers, cost, name } = plan;
            const mappings = plan.resolved?.forward.map(({ id, source, follower }) => {
              return { id, source, follower };
            });
            if (options.json) {
              const reasons = refused.map(({ code, message }) => ({ code, message }));
              sayJson(context.terminal, {
                name,
                refused: reasons,
                mappings,
                findings,
                blockers,
                cost,
              });
            } else {
              for (const line of explainPlan(plan)) say(context.terminal, line);
            }
            return refused.length === 0 ? EXIT.done : EXIT.refused;
          }),
        options,
      ),
  );
