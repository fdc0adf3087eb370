import { fault } from '@falsework/core/errors';
import type { Shape } from './shape.ts';

/** Which row a value came from: what an error may say of it. */
export interface RowName {
  readonly table: string;
  readonly key: readonly (string | number)[];
  readonly column: string;
}

/**
 * Reads JSON that was stored. A row may have been edited by hand or cut short by a failing disk, so
 * nothing is taken for granted. Throws `FW_STORE_CORRUPT`, naming the row and never its contents.
 */
export function decode<Value>(json: string, shape: Shape<Value>, row: RowName): Value {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // The parser's own message quotes what it choked on.
    throw corrupt(row, `${row.column} is not JSON`);
  }
  const wrong = shape.check(value);
  if (wrong !== null) throw corrupt(row, `${row.column}${wrong}`);
  return value as Value;
}

/** The error of a row that does not hold together. */
export function corrupt({ table, key }: RowName, because: string): Error {
  return fault('FW_STORE_CORRUPT', { table, key: key.map(String).join(' / '), because });
}
