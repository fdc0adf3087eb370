import type { KeyColumns } from '../capture/change-source.ts';
import type { KeySet } from './statements.ts';

/** A row's key as both sides name it. `source` is empty where the source's name is not known. */
export interface KeyPair {
  readonly source: readonly string[];
  readonly follower: readonly string[];
}

/** A key as one text, the same for the same key and for no other. */
export function keyText(key: readonly string[]): string {
  return JSON.stringify(key);
}

/** Keys in columns. */
export function keySet(
  keys: readonly KeyPair[],
  { source, follower }: { readonly source: number; readonly follower: number },
): KeySet {
  return {
    source: columns(
      keys.map((key) => key.source),
      source,
    ),
    follower: columns(
      keys.map((key) => key.follower),
      follower,
    ),
    count: keys.length,
  };
}

function columns(rows: readonly (readonly string[])[], width: number): KeyColumns {
  return Array.from({ length: width }, (_, i) => rows.map((row) => row[i] as string));
}
