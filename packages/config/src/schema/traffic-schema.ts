import { z } from 'zod';
import { parseSize } from '../units/index.ts';
import { flag, type Leaf, leaf, section, textLeaf, whole } from './leaf.ts';
import { timer } from './scalars.ts';

/** A file, from the folder of the configuration. */
export const file = textLeaf({
  expects: 'the name of a file',
  parse: (value) => (/^[^\0]{1,4096}$/.test(String(value)) ? String(value) : undefined),
});

/** TLS in front of callers. */
export const tls = section(
  {
    cert: file.describe('PEM file: the certificate, then those which vouch for it'),
    key: file.describe('PEM file: its private key'),
    minVersion: z
      .enum(['TLSv1.2', 'TLSv1.3'], { error: 'TLSv1.2 or TLSv1.3' })
      .prefault('TLSv1.2')
      .describe('What callers must speak at least'),
  },
  '{ cert, key, minVersion }',
);

/** Whose word is taken for where a request came from. */
export const forwarded = z
  .enum(['private', 'all', 'none', 'off'], { error: 'private, all, none or off' })
  .describe('Callers whose X-Forwarded-… is believed and added to; that of others is replaced');

const MANY = 2 ** 31 - 1;
const count = whole(`a whole number from 1 to ${MANY}`, { min: 1, max: MANY });

function size(expects: string, { min, max }: { min: number; max: number }): Leaf<number> {
  return leaf({
    expects,
    parse: (value) => {
      const bytes = parseSize(value);
      return bytes !== undefined && bytes >= min && bytes <= max ? bytes : undefined;
    },
  });
}

/** What callers may take up. */
export const limits = section(
  {
    head: size('a size from 1KiB to 1MiB', { min: 1_024, max: 1_048_576 })
      .prefault('16KiB')
      .describe('The longest head of a request; 431 above it'),
    body: size('a size from 1B', { min: 1, max: Number.MAX_SAFE_INTEGER })
      .optional()
      .describe('The longest body of a request; 413 above it. Left out: any'),
    headTimeout: timer.prefault('60s').describe('How long the head of a request may take'),
    bodyTimeout: timer
      .prefault('60s')
      .describe('How long a caller may send nothing of a body that is waited for'),
    idleTimeout: timer
      .prefault('75s')
      .describe('How long a connection may be kept without a request'),
    answerTimeout: timer
      .optional()
      .describe('How long a side may take to begin its answer; 504 after it. Left out: any'),
    totalTimeout: timer
      .optional()
      .describe('How long a request may take until its answer is whole. Left out: any'),
    connections: count.optional().describe('Connections of callers at once. Left out: any'),
  },
  '{ head, body, headTimeout, bodyTimeout, idleTimeout, answerTimeout, totalTimeout, connections }',
);

const headerPattern = textLeaf({
  expects: 'the name of a header, or how it begins, such as x-internal-*',
  parse: (value) =>
    /^[A-Za-z0-9!#$%&'+\-.^_`|~]{1,256}\*?$/.test(String(value))
      ? String(value).toLowerCase()
      : undefined,
});
/** Names of headers, or how they begin. */
export const headerPatterns = z.array(headerPattern, { error: 'a list of header names' });

const side = section(
  {
    ca: file
      .optional()
      .describe('PEM file: who vouches for its certificate, instead of whom the system knows'),
    verify: flag('whether its certificate is checked')
      .prefault(true)
      .describe('Whether its certificate is checked'),
    headers: section(
      {
        allow: headerPatterns.optional().describe('Headers of requests that it gets; all else not'),
        deny: headerPatterns.optional().describe('Headers of requests that it does not get'),
      },
      '{ allow, deny }',
    )
      .optional()
      .describe('Left out: legacy gets all, the candidate all but internal ones'),
    requests: count.optional().describe('Requests of callers at once; 503 above it'),
    shadows: count.prefault(128).describe('Shadows at once, over all routes'),
  },
  '{ ca, verify, headers, requests, shadows }',
);

/** How each side is reached, and what it gets. */
export const sides = section(
  { legacy: side.prefault({}), candidate: side.prefault({}) },
  '{ legacy, candidate }',
);

export type SideSection = z.output<typeof side>;
