import { fetchCauses } from '../access/cause-access.ts';
import { type AccessOptions, chooseMigration, openControl } from '../access/control-access.ts';
import { columns } from '../terminal/columns.ts';
import { EXIT } from '../terminal/failure.ts';
import { say, sayJson } from '../terminal/terminal.ts';
import { type CommandFactory, controlCommand } from './command.ts';

/** `falsework rules propose`: the narrowest rule for each cause that has one. */
export const rulesProposeCommand: CommandFactory = (context, finish) =>
  controlCommand('propose', 'the narrowest rule for each cause that one would excuse').action(
    (options: AccessOptions & { json?: boolean }) =>
      finish(async () => {
        const client = await openControl(context, options);
        const status = await chooseMigration(client, options);
        const causes = await fetchCauses(client, status, { isAll: false });
        const proposed = causes.flatMap(({ record, proposal }) =>
          proposal
            ? [{ id: record.id, seam: record.seam, isNoise: record.isNoise, ...proposal }]
            : [],
        );
        if (options.json) sayJson(context.terminal, { proposals: proposed });
        else if (proposed.length === 0)
          say(context.terminal, 'No cause has a rule narrow enough to propose.');
        else {
          const rows = proposed.map((p) => [
            `#${p.id.slice(0, 4)}`,
            p.seam,
            p.isNoise ? 'noise' : 'difference',
            p.rule,
            p.because,
          ]);
          for (const line of columns(rows)) say(context.terminal, line);
          say(
            context.terminal,
            'A rule excuses a difference for good: try it with `falsework rules test`.',
          );
        }
        return EXIT.done;
      }, options),
  );
