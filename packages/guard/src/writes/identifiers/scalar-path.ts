import { type PathQuery, parsePath } from '@falsework/core/compare';
import { fault } from '@falsework/core/errors';

/** A way down a document, step by step: a member's name, an element's index, or any of either. */
export type ScalarStep = string | number | null;

/** A declared place of an identifier: a JSONPath of plain steps. */
export interface ScalarPath {
  readonly text: string;
  /** `null` stands for `*`. */
  readonly steps: readonly ScalarStep[];
}

/**
 * Reads the JSONPath of an identifier: names, indices and `*`, one after the other. Throws
 * FW_PATH_SYNTAX, or FW_WRITE_IDENTIFIER for what would have to be searched: an identifier is
 * declared, not looked for.
 */
export function scalarPath(text: string): ScalarPath {
  const steps = stepsOf(parsePath(text));
  if (steps !== null && steps.length > 0) return { text, steps };
  const because = 'only names, indices and * may lead to an identifier';
  throw fault('FW_WRITE_IDENTIFIER', { got: `at ${text}`, because });
}

function stepsOf({ segments }: PathQuery): ScalarStep[] | null {
  const steps: ScalarStep[] = [];
  for (const { isDescendant, selectors } of segments) {
    const [only, ...others] = selectors;
    if (isDescendant || only === undefined || others.length > 0) return null;
    if (only.kind === 'name') steps.push(only.name);
    else if (only.kind === 'wildcard') steps.push(null);
    else if (only.kind === 'index' && only.index >= 0) steps.push(only.index);
    else return null;
  }
  return steps;
}
