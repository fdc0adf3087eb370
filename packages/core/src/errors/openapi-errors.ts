import { formatCount, formatCounted } from '../text/index.ts';
import { usageError } from './definition.ts';

// As many as fit a screen; whoever corrects these will run it again.
const SHOWN_MAX = 10;

function listed(lines: readonly string[]): string {
  const shown = lines.slice(0, SHOWN_MAX).map((line) => `\n  - ${line}`);
  const more = lines.length - shown.length;
  return `${shown.join('')}${more > 0 ? `\n  - and ${formatCount(more)} more` : ''}`;
}

/** What reading an OpenAPI document may refuse. */
export const OPENAPI_ERRORS = {
  FW_OPENAPI_VERSION: usageError({
    title: 'A document is not OpenAPI 3.0 or 3.1',
    message: (f: { file: string; found: string }) =>
      `${f.file} says ${f.found}; routes are read from OpenAPI 3.0 and 3.1.`,
    action: 'Name an OpenAPI document, or convert it; most generators write 3.0 when asked.',
  }),
  FW_OPENAPI_INVALID: usageError({
    title: 'An OpenAPI document does not say what its version demands',
    message: (f: { file: string; problems: readonly string[] }) =>
      `${f.file} has ${formatCounted(f.problems.length, 'problem')}, so no route was read:${listed(f.problems)}`,
    action: 'Correct the document at these places.',
  }),
  FW_OPENAPI_REMOTE: usageError({
    title: 'An OpenAPI document refers to others',
    message: (f: { file: string; references: readonly string[] }) =>
      `${f.file} refers to what is not in it, and nothing is fetched or opened for it:${listed(f.references)}`,
    action: 'Bundle the document into one file with the tool that you lint it with, and read that.',
  }),
  FW_OPENAPI_LIMIT: usageError({
    title: 'An OpenAPI document is larger than what is read',
    message: (f: { file: string; found: string; most: string }) =>
      `${f.file} has ${f.found}; at most ${f.most} are read.`,
    action: 'Read the part of it that belongs to this migration.',
  }),
} as const;
