import type { WireCause } from '@falsework/client/contract';
import { stringify } from 'yaml';
import { chooseCause, fetchCauses } from '../access/cause-access.ts';
import { type AccessOptions, chooseMigration, openControl } from '../access/control-access.ts';
import type { Context } from '../context.ts';
import { columns } from '../terminal/columns.ts';
import { EXIT, type Exit } from '../terminal/failure.ts';
import { note, say, sayJson } from '../terminal/terminal.ts';
import { type CommandFactory, controlCommand } from './command.ts';

interface Options extends AccessOptions {
  readonly json?: boolean;
  readonly yaml?: boolean;
}

interface Proposal {
  readonly id: string;
  readonly seam: string;
  readonly isNoise: boolean;
  readonly rule: string;
  readonly because: string;
}

/** `falsework rules propose`: the narrowest rule for each cause that has one. */
export const rulesProposeCommand: CommandFactory = (context, finish) =>
  controlCommand('propose', 'the narrowest rule for each cause that one would excuse')
    .argument('[id]', 'only for this cause: as much of its id as is needed, such as a41f')
    .option('--yaml', 'the rules alone, as a file that `rules test --rules` reads')
    .action((id: string | undefined, options: Options) =>
      finish(() => propose(context, id, options), options),
    );

async function propose(context: Context, id: string | undefined, options: Options): Promise<Exit> {
  const client = await openControl(context, options);
  const status = await chooseMigration(client, options);
  const causes =
    id === undefined
      ? await fetchCauses(client, status, { isAll: false })
      : [await chooseCause(client, status, id)];
  const proposals = causes.flatMap(proposalOf);
  const { terminal } = context;
  if (options.json) sayJson(terminal, { proposals });
  else if (proposals.length === 0) note(terminal, 'No cause has a rule narrow enough to propose.');
  else if (options.yaml) for (const each of proposals) say(terminal, asYaml(each));
  else show(context, proposals);
  return EXIT.done;
}

function proposalOf({ record, proposal }: WireCause): Proposal[] {
  if (proposal === null) return [];
  const { id, seam, isNoise } = record;
  return [{ id, seam, isNoise, ...proposal }];
}

/** One rule as an item of a list, with where it comes from as a comment above it. */
function asYaml({ id, seam, rule, because }: Proposal): string {
  const comment = `# #${id.slice(0, 4)} ${seam}: ${because}`.replaceAll('\n', ' ');
  return `${comment}\n${stringify([JSON.parse(rule)]).trimEnd()}`;
}

function show({ terminal }: Context, proposals: readonly Proposal[]): void {
  const rows = proposals.map((proposal) => [
    `#${proposal.id.slice(0, 4)}`,
    proposal.seam,
    proposal.isNoise ? 'noise' : 'difference',
    proposal.rule,
    proposal.because,
  ]);
  for (const line of columns(rows)) say(terminal, line);
  say(terminal, 'A rule excuses a difference for good: try it with `falsework rules test`.');
}
