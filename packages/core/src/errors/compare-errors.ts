import { usageError } from './definition.ts';

// Text from outside is cut before it goes into a message: a path of a megabyte would bury the
// sentence around it.
const QUOTED_LENGTH_MAX = 120;

function quoted(text: string): string {
  const isLong = text.length > QUOTED_LENGTH_MAX;
  return JSON.stringify(isLong ? `${text.slice(0, QUOTED_LENGTH_MAX)}…` : text);
}

function hint(nearest: string | undefined): string {
  return nearest === undefined ? '' : ` Did you mean ${quoted(nearest)}?`;
}

export const COMPARE_ERRORS = {
  FW_PATH_SYNTAX: usageError({
    title: 'A JSONPath does not parse',
    message: (f: { path: string; at: number; expected: string }) =>
      `The path ${quoted(f.path)} does not parse at character ${f.at}: expected ${f.expected}.`,
    action: 'Write the path as in RFC 9535, for example $.lines[*].tax or $..updatedAt.',
  }),
  FW_RULES_SHAPE: usageError({
    title: 'Comparison rules have the wrong shape',
    message: (f: { at: string; expected: string; got: string }) =>
      `${f.at} must be ${f.expected}, not ${f.got}.`,
    action:
      'Write rules as a list of objects, for example { "rule": "ignore", "path": "$.quotedAt" }.',
  }),
  FW_RULE_UNKNOWN: usageError({
    title: 'A comparison rule has an unknown name',
    message: (f: { at: string; name: string; nearest?: string | undefined }) =>
      `${f.at} names the rule ${quoted(f.name)}, which does not exist.${hint(f.nearest)}`,
    action:
      'Use ignore, tolerance, instant, unordered, keyed, pattern, same-type, absent-is-null, strict or, in code, custom.',
  }),
  FW_RULE_OPTION_UNKNOWN: usageError({
    title: 'A comparison rule or option object has an unknown key',
    message: (f: {
      at: string;
      of: string;
      option: string;
      known: readonly string[];
      nearest?: string | undefined;
    }) =>
      `${f.at}: ${f.of} has no ${quoted(f.option)}; it takes ${f.known.join(', ')}.${hint(f.nearest)}`,
    action:
      'Remove the key or correct its name. An unknown key is refused because it would change nothing.',
  }),
  FW_RULE_OPTION_INVALID: usageError({
    title: 'A comparison rule or option has an invalid value',
    message: (f: { at: string; of: string; option: string; expected: string; got: string }) =>
      `${f.at}: ${f.option} of ${f.of} must be ${f.expected}, not ${f.got}.`,
    action: 'Correct the value. Every rule needs its path; the other options depend on the rule.',
  }),
  FW_RULE_STRICT: usageError({
    title: 'A comparison rule would excuse what is strict',
    message: (f: {
      at: string;
      rule: string;
      path: string;
      strictAt: string;
      strictPath: string;
      how: string;
    }) =>
      `${f.at}: the rule ${f.rule} at ${quoted(f.path)} ${f.how} ${quoted(f.strictPath)}, which ${f.strictAt} declares strict: nothing there may be excused.`,
    action:
      'Narrow the path of the rule until it cannot meet the strict one, name the strict places more narrowly, or correct the candidate. Elements of one array always can meet. In place of unordered use keyed, which is allowed.',
  }),
  FW_REDACT_INVALID: usageError({
    title: 'An entry of a redaction list is neither a path nor a name',
    message: (f: { at: string; expected: string }) => `${f.at} must be ${f.expected}.`,
    action:
      'Write JSONPaths such as $.customer.name and names of members such as taxNumber, one per entry.',
  }),
} as const;
