import { isDeepStrictEqual } from 'node:util';
import { type ConfigProblem, problem, quoted, type SettingPath } from '../problems.ts';
import type { Sections } from '../schema/migration-schema.ts';

/** One migration of a file, as far as it could be read. */
export interface ReadMigration {
  /** Where it stands in the file; empty when it is the file. */
  readonly at: SettingPath;
  /** True when it speaks of control itself; variables and flags speak to all of them alike. */
  readonly saysControl: boolean;
  readonly sections: Partial<Sections>;
}

/** Names are told apart, and one file speaks of one control. */
export function checkMigrations(read: readonly ReadMigration[]): ConfigProblem[] {
  return [...sameNames(read), ...otherControls(read)];
}

function sameNames(read: readonly ReadMigration[]): ConfigProblem[] {
  const seen = new Set<string>();
  return read.flatMap(({ at, sections: { name } }) => {
    if (name === undefined || !seen.has(name)) {
      if (name !== undefined) seen.add(name);
      return [];
    }
    const said = { found: `${quoted(name)} again`, expected: 'a name that no other migration has' };
    return [problem('FW_CONFIG_MIGRATIONS', [...at, 'name'], said)];
  });
}

function otherControls(read: readonly ReadMigration[]): ConfigProblem[] {
  const [first, ...others] = read.filter(({ saysControl }) => saysControl);
  return others.flatMap(({ at, sections: { control } }) => {
    const isSame = control === undefined || isDeepStrictEqual(control, first?.sections.control);
    if (first === undefined || first.sections.control === undefined || isSame) return [];
    const expected = 'the same control in every migration of a file, or in one of them only';
    return [
      problem('FW_CONFIG_MIGRATIONS', [...at, 'control'], { found: 'another one', expected }),
    ];
  });
}

/** The migration whose control is in force: the first that says anything of it, else the first. */
export function controlling<Read extends ReadMigration>(read: readonly Read[]): Read | undefined {
  return read.find(({ saysControl }) => saysControl) ?? read[0];
}
