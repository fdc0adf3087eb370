import { usageError } from './definition.ts';

// Beyond these a list of problems is no longer read; the rest is counted, and still in the error's
// facts.
const PROBLEMS_SHOWN = 20;

/** Where a setting stands, what was found there (never a secret) and what would be right. */
function misfit(title: string, action: string) {
  const message = (f: { path: string; found: string; expected: string }): string =>
    `${f.path} is ${f.found}; expected ${f.expected}.`;
  return usageError({ title, message, action });
}

function listed(problems: readonly { readonly message: string }[]): string {
  const shown = problems.slice(0, PROBLEMS_SHOWN).map(({ message }) => `\n  - ${message}`);
  const more = problems.length - shown.length;
  return `${shown.join('')}${more > 0 ? `\n  - and ${more} more` : ''}`;
}

export const CONFIG_ERRORS = {
  FW_CONFIG_NOT_FOUND: usageError({
    title: 'There is no configuration',
    message: (f: { directory: string; names: readonly string[] }) =>
      `No configuration in ${f.directory}: looked for ${f.names.join(', ')}.`,
    action: 'Run from the folder that holds it, or name the file with --config.',
  }),
  FW_CONFIG_AMBIGUOUS: usageError({
    title: 'There are several configurations',
    message: (f: { directory: string; names: readonly string[] }) =>
      `${f.directory} holds ${f.names.join(' and ')}, and only one of them can be in force.`,
    action: 'Delete or rename all but one, or name the file with --config.',
  }),
  FW_CONFIG_UNREADABLE: usageError({
    title: 'A configuration file cannot be read',
    message: (f: { file: string; reason: string }) => `${f.file} cannot be read: ${f.reason}.`,
    action: 'Check the path, its permissions and its size.',
  }),
  FW_CONFIG_SYNTAX: usageError({
    title: 'A configuration file does not parse',
    message: (f: { file: string; line: number; column: number; reason: string }) =>
      `${f.file}:${f.line}:${f.column} does not parse: ${f.reason}.`,
    action: 'Correct the file at that line.',
  }),
  FW_CONFIG_THREW: usageError({
    title: 'A configuration file threw while it was evaluated',
    message: (f: { file: string; thrown: string; line: number | null }) =>
      `${f.file}${f.line === null ? '' : `:${f.line}`} threw ${f.thrown} while it was evaluated.`,
    action: "See the error's cause; run the file by itself to look closer.",
  }),
  FW_CONFIG_INVALID: usageError({
    title: 'A configuration is not valid',
    message: (f: { file: string; problems: readonly { readonly message: string }[] }) =>
      `${f.file} has ${f.problems.length === 1 ? 'a problem' : `${f.problems.length} problems`}, so nothing was started:${listed(f.problems)}`,
    action: 'Correct the settings named; `falsework check` validates without starting anything.',
  }),
  FW_CONFIG_VALUE: misfit(
    'A setting has a value that it cannot have',
    'Correct the value; the configuration reference lists what each setting takes.',
  ),
  FW_CONFIG_KEY_UNKNOWN: misfit(
    'A setting does not exist',
    'Correct or remove the key. An unknown one is refused because it would change nothing.',
  ),
  FW_CONFIG_VARIABLE_MISSING: misfit(
    'An environment variable that the configuration asks for is not set',
    'Set the variable for this process, or write the value into the configuration.',
  ),
  FW_CONFIG_LIST: misfit(
    'A list file that the configuration names cannot be used',
    'Correct the path (it is relative to the configuration file) or the file: one key per line, # for comments.',
  ),
  FW_CONFIG_WINDOW: misfit(
    'The window is too short for its mismatch rate',
    'Raise policy.window.comparisons, or the rateMax that is named.',
  ),
  FW_CONFIG_RAMP: misfit(
    'The ramp does not lead to 100 percent',
    'Write the ramp as cohorts and strictly rising percentages that end at 100.',
  ),
  FW_CONFIG_COHORT_UNKNOWN: misfit(
    'The ramp names a cohort that is not declared',
    'Declare it under cohorts, or correct its name.',
  ),
  FW_CONFIG_SIDES_EQUAL: misfit(
    'Legacy and candidate are one and the same address',
    'Give the candidate its own address: a side compared with itself proves nothing.',
  ),
  FW_CONFIG_LOOP: misfit(
    'The guard would send requests to itself',
    'Give the guard another port, or correct the address of the side.',
  ),
  FW_CONFIG_MONEY: misfit(
    'A setting contradicts money: true',
    'Remove the setting, or money: true if the migration moves none.',
  ),
  FW_CONFIG_ROUTE: misfit(
    'A route contradicts its pattern, another route or the store',
    'Correct the route that is named.',
  ),
  FW_CONFIG_GRPC: misfit(
    'A setting of the guard does not fit what its sides speak',
    'Correct the address of the side, or the setting that is named.',
  ),
  FW_CONFIG_MIGRATIONS: misfit(
    'The migrations of one file contradict each other',
    'Give each migration its own name, and all of them one control.',
  ),
} as const;
