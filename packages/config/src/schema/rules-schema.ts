import { parsePath, parseRules, type Rule, type RuleName } from '@falsework/core/compare';
import { type FalseworkError, isFalseworkError } from '@falsework/core/errors';
import { compileRedaction } from '@falsework/core/redact';
import { z } from 'zod';

/**
 * How a custom issue carries the error of core behind it; the issue's message is then the whole
 * sentence.
 */
export interface CoreParams {
  readonly code: FalseworkError['code'];
  readonly expected: string;
}

// What editors are told about a rule. `custom` is left out: a function cannot stand in YAML or
// JSON.
const NAMES = [
  'ignore',
  'tolerance',
  'instant',
  'unordered',
  'keyed',
  'pattern',
  'same-type',
  'absent-is-null',
  'strict',
] as const satisfies readonly RuleName[];

const RULE_JSON_SCHEMA = {
  type: 'object',
  properties: {
    rule: { type: 'string', enum: NAMES },
    path: { type: 'string', description: 'A JSONPath (RFC 9535), such as $.lines[*].tax' },
    abs: { type: 'number', minimum: 0, description: 'tolerance: the largest difference' },
    rel: { type: 'number', minimum: 0, description: 'tolerance: the largest share of difference' },
    within: {
      type: ['string', 'number'],
      description: 'instant: the largest distance, such as 5s',
    },
    by: { type: 'string', description: 'keyed: the field that names an element' },
    regex: { type: 'string', description: 'pattern: found in both texts' },
  },
  required: ['rule', 'path'],
  additionalProperties: false,
};

/**
 * Comparison rules, checked one by one by core, so that each wrong one is reported at its own
 * place. The one place where the configuration and the comparator meet.
 */
export const rules: z.ZodType<readonly Rule[]> = z
  .array(z.unknown(), { error: 'a list of comparison rules' })
  .meta({ items: RULE_JSON_SCHEMA, description: 'Differences that are none' })
  .transform((items, context) =>
    items.flatMap((item, i) => {
      const parsed = attempt(() => parseRules([item]));
      if (!isFalseworkError(parsed)) return parsed;
      context.issues.push({ ...coreIssue(parsed), path: [i], input: item });
      return [];
    }),
  );

const EXPECTED_CRITICAL = 'true, false or a list of JSONPaths such as $.total';

/** Which mismatches are critical: all, none, or those at these JSONPaths of the body. */
export const criticalPaths = z
  .union([z.boolean(), z.array(z.string()).min(1, { error: EXPECTED_CRITICAL })], {
    error: EXPECTED_CRITICAL,
  })
  .transform((critical, context) => {
    for (const [i, text] of typeof critical === 'boolean' ? [] : critical.entries()) {
      const parsed = attempt(() => parsePath(text));
      if (!isFalseworkError(parsed)) continue;
      context.issues.push({ ...coreIssue(parsed), path: [i], input: text });
    }
    return critical;
  });

/** What is taken out of answers before they are kept: JSONPaths, and names at any depth. */
export const redactions: z.ZodType<readonly string[], unknown[]> = z
  .array(z.unknown(), { error: 'a list of JSONPaths and names of members' })
  .meta({ items: { type: 'string', description: '$.customer.name, or taxNumber at any depth' } })
  .transform((items, context) =>
    items.flatMap((item, i) => {
      const compiled = attempt(() => compileRedaction([item as string]));
      if (!isFalseworkError(compiled)) return [item as string];
      context.issues.push({ ...coreIssue(compiled), path: [i], input: item });
      return [];
    }),
  );

function coreIssue({ code, message, facts, action }: FalseworkError) {
  const expected = typeof facts.expected === 'string' ? facts.expected : action;
  return { code: 'custom' as const, message, params: { code, expected } satisfies CoreParams };
}

/**
 * What `parse` returns, or the coded error that it threw. Anything else that is thrown is a fault
 * of ours.
 */
function attempt<T>(parse: () => T): T | FalseworkError {
  try {
    return parse();
  } catch (error) {
    if (isFalseworkError(error)) return error;
    throw error;
  }
}
