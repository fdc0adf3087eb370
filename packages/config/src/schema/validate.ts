import { nearestName } from '@falsework/core/text';
import type { z } from 'zod';
import type { Layers } from '../layers/layers.ts';
import { type ConfigProblem, pathText, problem, quoted, type SettingPath } from '../problems.ts';
import { MIGRATION_SHAPE, type Sections } from './migration-schema.ts';
import type { CoreParams } from './rules-schema.ts';

/** The sections that could be read, and what is wrong with the others. */
export interface Validated {
  readonly sections: Partial<Sections>;
  readonly problems: readonly ConfigProblem[];
}

const SECTION_NAMES = Object.keys(MIGRATION_SHAPE) as (keyof Sections)[];

/** Reads every section by itself, so that one wrong setting hides no problem of another section. */
export function validate(layers: Layers): Validated {
  const sections: Record<string, unknown> = {};
  const problems = Object.keys(layers.tree)
    .filter((key) => !Object.hasOwn(MIGRATION_SHAPE, key))
    .map((key) => unknownKey([key], SECTION_NAMES));
  for (const name of SECTION_NAMES) {
    const value = Object.hasOwn(layers.tree, name) ? layers.tree[name] : undefined;
    const read = MIGRATION_SHAPE[name].safeParse(value);
    if (read.success) sections[name] = read.data;
    else problems.push(...read.error.issues.flatMap((issue) => toProblems(issue, name, layers)));
  }
  return { sections, problems };
}

function toProblems(issue: z.core.$ZodIssue, section: string, layers: Layers): ConfigProblem[] {
  const at = [section, ...issue.path];
  if (layers.isUnresolved(at)) return [];
  if (issue.code === 'unrecognized_keys') {
    const known = issue.message.split(' ');
    return issue.keys.map((key) => unknownKey([...at, key], known));
  }
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message ?? 'another name';
    return [
      problem('FW_CONFIG_VALUE', at, { found: `named ${quoted(String(at.at(-1)))}`, expected }),
    ];
  }
  const core = issue.code === 'custom' ? (issue.params as CoreParams | undefined) : undefined;
  if (core !== undefined) return [coreProblem(core, issue.message, at, layers)];
  return [problem('FW_CONFIG_VALUE', at, { found: layers.describe(at), expected: issue.message })];
}

function unknownKey(at: SettingPath, known: readonly string[]): ConfigProblem {
  const nearest = nearestName(String(at.at(-1)), known);
  const others = known.filter((name) => name !== nearest).join(', ');
  const expected = nearest === undefined ? `one of ${others}` : `${nearest} (or ${others})`;
  return problem('FW_CONFIG_KEY_UNKNOWN', at, { found: 'an unknown key', expected });
}

/**
 * A problem that core found in a rule: its code and its sentence stay, the place is the
 * configuration's.
 */
function coreProblem(
  { code, expected }: CoreParams,
  sentence: string,
  at: SettingPath,
  layers: Layers,
): ConfigProblem {
  const path = pathText(at);
  // Entries are parsed one at a time, so to core each is the first of its list.
  const own = /\b(?:rules|redact)\[0\]/g;
  const message = own.test(sentence) ? sentence.replaceAll(own, path) : `${path}: ${sentence}`;
  return { code, path, found: layers.describe(at), expected, message };
}
