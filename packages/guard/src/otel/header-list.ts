import type { TextMapGetter, TextMapSetter } from '@opentelemetry/api';

/** Headers as names and values in turn. */
type HeaderList = readonly string[];

/** How propagators read a list of headers. O(headers). */
export const READ: TextMapGetter<HeaderList> = {
  get(headers, name) {
    const values: string[] = [];
    for (let i = 0; i < headers.length; i += 2) {
      if (isNamed(headers[i], name)) values.push(headers[i + 1] ?? '');
    }
    return values.length > 1 ? values : values[0];
  },
  keys: (headers) => headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()),
};

/** How propagators write into one. What is there of that name is replaced. */
export const WRITE: TextMapSetter<string[]> = {
  set(headers, name, value) {
    remove(headers, name);
    headers.push(name, value);
  },
};

/** Takes every header of these names out of the list, in place. */
export function removeAll(headers: string[], names: readonly string[]): void {
  for (const name of names) remove(headers, name);
}

function remove(headers: string[], name: string): void {
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    if (isNamed(headers[i], name)) headers.splice(i, 2);
  }
}

function isNamed(header: string | undefined, name: string): boolean {
  return header?.length === name.length && header.toLowerCase() === name.toLowerCase();
}
