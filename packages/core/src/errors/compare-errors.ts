import { usageError } from './definition.ts';

export const COMPARE_ERRORS = {
  FW_PATH_SYNTAX: usageError({
    title: 'A JSONPath does not parse',
    message: (f: { path: string; at: number; expected: string }) =>
      `The path ${JSON.stringify(f.path)} does not parse at character ${f.at}: expected ${f.expected}.`,
    action: 'Write the path as in RFC 9535, for example $.lines[*].tax or $..updatedAt.',
  }),
} as const;
