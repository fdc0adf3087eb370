import { fault } from '@falsework/core/errors';
import { prettifyError, type z } from 'zod';

/** A part of a request, checked against its schema. Throws `FW_REQUEST_INVALID`. */
export function checkPart<Schema extends z.ZodType>(
  what: string,
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const problems = prettifyError(parsed.error).replace(/\s+/g, ' ');
  throw fault('FW_REQUEST_INVALID', { what, problems });
}
