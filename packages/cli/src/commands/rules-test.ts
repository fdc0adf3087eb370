import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { AdminClient } from '@falsework/client';
import { type MigrationStatus, ROUTES, type WireCause } from '@falsework/client/contract';
import { loadConfig, type Migration } from '@falsework/config';
import { createComparator, parseRules, type Rule } from '@falsework/core/compare';
import { fault, isFalseworkError } from '@falsework/core/errors';
import { type RuleTrial, type StoredPair, tryRules } from '@falsework/core/evidence';
import { formatCounted } from '@falsework/core/text';
import { Option } from 'commander';
import { parse as parseYaml } from 'yaml';
import { chooseCause, fetchCauses } from '../access/cause-access.ts';
import { type AccessOptions, chooseMigration, openControl } from '../access/control-access.ts';
import type { Context } from '../context.ts';
import { columns } from '../terminal/columns.ts';
import { EXIT, type Exit } from '../terminal/failure.ts';
import { say, sayJson } from '../terminal/terminal.ts';
import { type CommandFactory, controlCommand } from './command.ts';

interface Options extends AccessOptions {
  readonly json?: boolean;
  readonly rules?: string;
  readonly for?: string;
}

const PAIRS_MAX = 1_000;

/** `falsework rules test`: what a rule set would accept, and what else it would hide. */
export const rulesTestCommand: CommandFactory = (context, finish) =>
  controlCommand(
    'test',
    'say which stored differences a rule set would excuse, and what it would hide',
  )
    .option(
      '--rules <file>',
      'JSON or YAML: a list of rules; without it, those of the configuration',
    )
    .addOption(new Option('--for <id>', 'the cause that the rules are meant for, such as a41f'))
    .addHelpText(
      'after',
      `
With --for it exits with 3 when the rules would hide another cause, and with 1 when they do not
excuse the one that they are meant for.

  $ falsework rules propose a41f --yaml > rules.yaml
  $ falsework rules test --rules rules.yaml --for a41f`,
    )
    .action((options: Options) => finish(() => test(context, options), options));

async function test(context: Context, options: Options): Promise<Exit> {
  const client = await openControl(context, options);
  const status = await chooseMigration(client, options);
  const params = { migration: status.name };
  const { pairs } = await client.call(ROUTES.pairs, {
    params,
    query: { limit: PAIRS_MAX },
    body: {},
  });
  const [tried, present] = await ruleSources(context, options, status);
  const trials = [...Map.groupBy(pairs, (pair) => pair.seam)].flatMap(([seam, ofSeam]) =>
    tryRules(ofSeam as StoredPair[], {
      tried: createComparator({ rules: tried(seam) }),
      present: createComparator({ rules: present(seam) }),
    }),
  );
  const causes = await causesById(client, status);
  const meant =
    options.for === undefined ? null : (await chooseCause(client, status, options.for)).record.id;
  const results = trials.map((trial) => ({ ...trial, ...words(trial, causes, meant) }));
  if (options.json) sayJson(context.terminal, { pairs: pairs.length, results });
  else show(context, pairs.length, results);
  if (results.some((result) => result.isHidden)) return EXIT.refused;
  return meant === null || isExcused(results, meant) ? EXIT.done : EXIT.failed;
}

/** True when no stored pair shows the cause any more, of those on which rules can say anything. */
function isExcused(results: readonly RuleTrial[], meant: string): boolean {
  return results.some(({ id, pairs, excused }) => id === meant && pairs > 0 && excused === pairs);
}

interface Words {
  readonly template: string;
  readonly kind: string;
  /** Excused although the rules are meant for another cause. */
  readonly isHidden: boolean;
}

function words(
  { id, excused }: RuleTrial,
  causes: ReadonlyMap<string, WireCause>,
  meant: string | null,
): Words {
  const record = causes.get(id)?.record;
  const isHidden = meant !== null && excused > 0 && id !== meant;
  return { template: record?.template ?? '?', kind: record?.kind ?? '?', isHidden };
}

function show({ terminal }: Context, pairs: number, results: readonly (RuleTrial & Words)[]): void {
  say(terminal, formatCounted(pairs, 'stored pair'));
  const rows = results.map((result) => [
    `#${result.id.slice(0, 4)}`,
    result.seam,
    result.template,
    result.kind,
    result.pairs === 0 ? 'no rule reaches it' : `${result.excused} of ${result.pairs} excused`,
    result.isHidden ? 'HIDDEN: not what the rules are meant for' : '',
  ]);
  for (const line of columns(rows)) say(terminal, line);
}

async function causesById(
  client: AdminClient,
  status: MigrationStatus,
): Promise<Map<string, WireCause>> {
  const causes = await fetchCauses(client, status, { isAll: true });
  return new Map(causes.map((cause) => [cause.record.id, cause]));
}

type RuleSource = (seam: string) => readonly Rule[];

/**
 * The rules to try and those in force. Tried are those of a file, at every seam, or else those in
 * force themselves. Without a configuration at hand nothing is known to be in force.
 */
async function ruleSources(
  { cwd, env }: Context,
  options: Options,
  status: MigrationStatus,
): Promise<readonly [tried: RuleSource, present: RuleSource]> {
  const { rules: ruleFile, config } = options;
  const file = config === undefined ? {} : { file: config };
  if (ruleFile === undefined) {
    const { migrations } = await loadConfig({ cwd, env, ...file });
    const present = presentRules(migrations, status);
    return [present, present];
  }
  const rules = parseRules(await readRuleFile(resolve(cwd, ruleFile), ruleFile));
  const { migrations } = await loadConfig({ cwd, env, ...file }).catch((error: unknown) => {
    const isMissing = isFalseworkError(error) && error.code === 'FW_CONFIG_NOT_FOUND';
    if (config !== undefined || !isMissing) throw error;
    return { migrations: [] };
  });
  return [() => rules, presentRules(migrations, status)];
}

function presentRules(migrations: readonly Migration[], { name }: MigrationStatus): RuleSource {
  const configured = migrations.find((migration) => migration.name === name);
  return (seam) => rulesOfSeam(configured, seam);
}

function rulesOfSeam(migration: Migration | undefined, seam: string): readonly Rule[] {
  const guard = migration?.guard;
  return guard?.routes.find((route) => route.seam === seam)?.compare ?? guard?.compare ?? [];
}

async function readRuleFile(path: string, shown: string): Promise<unknown> {
  try {
    // JSON is YAML; one parser reads both.
    return parseYaml(await readFile(path, 'utf8'), { schema: 'core', maxAliasCount: 0 });
  } catch (error) {
    const because = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw fault('FW_RULE_FILE', { file: shown, because }, error);
  }
}
