import { resolve } from 'node:path';
import type { ListResult } from '../layers/resolve.ts';
import { readBounded } from './read-bounded.ts';

// Fifty thousand keys, the most that a cohort takes, at eighty bytes each.
const LIST_BYTES_MAX = 4_194_304;

/** Reads the keys of a list file whose name is relative to `directory`. Never throws. */
export function readListFile(file: string, directory: string): ListResult {
  const read = readBounded(resolve(directory, file), LIST_BYTES_MAX);
  if ('reason' in read) return { expected: `a readable list file, but ${read.reason}` };
  return { keys: parseList(read.text) };
}

/**
 * One key per line. `#` begins a comment at the start of a line or after a blank, so that a key may
 * contain one.
 */
export function parseList(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}
