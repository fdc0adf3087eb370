import { z } from 'zod';
import type { KeySource } from '../key-source.ts';
import { section, textLeaf } from './leaf.ts';
import { headerName } from './scalars.ts';

const EXPECTED = "header('…'), cookie('…'), query('…') or path('{…}')";

const cookieName = textLeaf({
  expects: 'the name of a cookie',
  parse: (value) =>
    /^[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,256}$/.test(String(value)) ? String(value) : undefined,
});

const queryName = textLeaf({
  expects: 'the name of a query parameter, as it reads once decoded, up to 256 long',
  parse: (value) => (/^[^\p{Cc}]{1,256}$/u.test(String(value)) ? String(value) : undefined),
});

const pathParam = textLeaf({
  expects: 'the name of a parameter of the path, such as {id}',
  parse: (value) => /^\{?([A-Za-z_][A-Za-z0-9_]{0,63})\}?$/.exec(String(value))?.[1],
});

/** Where a request carries its key or its stratum. */
export const keySource: z.ZodType<KeySource> = z.discriminatedUnion(
  'from',
  [
    section({ from: z.literal('header'), name: headerName }, EXPECTED),
    section({ from: z.literal('cookie'), name: cookieName }, EXPECTED),
    section({ from: z.literal('query'), name: queryName }, EXPECTED),
    section({ from: z.literal('path'), name: pathParam }, EXPECTED),
  ],
  { error: EXPECTED },
);
