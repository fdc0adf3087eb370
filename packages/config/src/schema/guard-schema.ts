import { z } from 'zod';
import { listening, origin } from './addresses.ts';
import { grpc } from './grpc-schema.ts';
import { keySource } from './key-source-schema.ts';
import { flag, leaf, section, textLeaf } from './leaf.ts';
import { criticalPaths, redactions, rules } from './rules-schema.ts';
import { bodySize, headerName, port, share, timer } from './scalars.ts';
import { forwarded, limits, sides, tls } from './traffic-schema.ts';
import { routeWrites, writes } from './writes-schema.ts';

const requestPath = textLeaf({
  expects: 'a path that starts with a slash, such as /healthz',
  parse: (value) => (/^\/[!-~]{0,1023}$/.test(String(value)) ? String(value) : undefined),
});

const health = section(
  {
    path: requestPath
      .optional()
      .describe('Left out: any answer below 500 to GET / will do. Given: only a 2xx will'),
    interval: timer.prefault('5s'),
    timeout: timer.prefault('2s'),
  },
  '{ path, interval, timeout }',
);

const route = section(
  {
    effects: z
      .enum(['none', 'dry-run', 'follow'], { error: 'none, dry-run or follow' })
      .optional()
      .describe('What a shadow may do; GET, HEAD and OPTIONS are reads, others must say it'),
    sample: share.optional().describe('Share of requests compared'),
    compare: rules.prefault([]),
    redact: redactions
      .prefault([])
      .describe('Beside those of every route: what is taken out of answers before they are kept'),
    key: keySource.optional(),
    stratum: keySource
      .optional()
      .describe('Where to find the input class that must prove itself separately'),
    critical: criticalPaths
      .prefault(false)
      .describe('One mismatch is too many, anywhere or at paths'),
    timeout: timer.optional(),
    maxBody: bodySize
      .optional()
      .describe('The longest body that is compared whole; the guard’s when left out'),
    shadowsCarryCredentials: flag('whether its shadows carry credentials')
      .optional()
      .describe('Whether its shadows carry callers’ credentials; the guard’s when left out'),
    ...routeWrites,
  },
  'a route { effects, … }',
);

const WORKERS_MAX = 512;
const workers = leaf<number | 'all'>({
  expects: `a whole number from 1 to ${WORKERS_MAX}, or all`,
  parse: (value) => {
    if (value === 'all') return 'all';
    const count = Number(value);
    return Number.isInteger(count) && count >= 1 && count <= WORKERS_MAX ? count : undefined;
  },
});

/** The guard and its two sides. */
export const guardSchema = section(
  {
    legacy: origin.describe('The origin of the legacy service'),
    candidate: origin.describe('The origin of the candidate service'),
    port: port.prefault(8_000).describe('Where callers connect'),
    host: listening.prefault('127.0.0.1'),
    workers: workers.prefault(1).describe('Processes that take callers; all: one for each core'),
    key: keySource.optional().describe('Where a request names its entity'),
    health: health.prefault({}),
    build: section(
      {
        header: headerName
          .prefault('falsework-build')
          .describe('The response header in which a side names its build'),
      },
      '{ header }',
    ).prefault({}),
    routes: z
      .record(z.string(), route, { error: 'routes by METHOD /path' })
      .prefault({})
      .describe('Routes by METHOD /path/{param}'),
    compare: rules.prefault([]),
    redact: redactions
      .prefault([])
      .describe('What is taken out of answers before they are kept, besides what looks secret'),
    headers: z
      .array(headerName, { error: 'a list of header names' })
      .prefault(['content-type', 'location'])
      .describe('Response headers that are compared'),
    writes: writes.prefault({}),
    tls: tls.optional().describe('With it callers speak TLS'),
    grpc: grpc.optional().describe('What must be known where a side is a grpc:// address'),
    forwarded: forwarded.prefault('private'),
    limits: limits.prefault({}),
    sides: sides.prefault({}),
    shadowsCarryCredentials: flag('whether shadows carry credentials')
      .prefault(false)
      .describe('Whether shadows carry callers’ credentials to the candidate'),
    maxBody: bodySize
      .prefault('1MiB')
      .describe('The longest body that is compared whole; of longer ones a hash is'),
  },
  'a guard { legacy, candidate, … }',
);

export type GuardSection = z.output<typeof guardSchema>;
export type RouteSection = z.output<typeof route>;
