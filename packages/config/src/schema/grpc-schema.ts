import { z } from 'zod';
import { parseSize, sizeText } from '../units/index.ts';
import { flag, leaf, section } from './leaf.ts';
import { criticalPaths, redactions, rules } from './rules-schema.ts';
import { share, timer } from './scalars.ts';
import { file, headerPatterns } from './traffic-schema.ts';

// The prefix of a message says its length in four bytes; a gibibyte is what anybody has ever sent.
const MESSAGE_BYTES_MAX = 1_024 * 1_048_576;

const messageSize = leaf({
  expects: `a size from 1B to ${sizeText(MESSAGE_BYTES_MAX)}, such as 4MiB`,
  parse: (value) => {
    const bytes = parseSize(value);
    return bytes !== undefined && bytes >= 1 && bytes <= MESSAGE_BYTES_MAX ? bytes : undefined;
  },
});

const method = section(
  {
    effects: z
      .enum(['none', 'dry-run', 'follow'], { error: 'none, dry-run or follow' })
      .optional()
      .describe('none: it changes nothing and may be shadowed. Left out: what its descriptor says'),
    sample: share.optional().describe('Share of calls compared'),
    compare: rules.prefault([]),
    redact: redactions
      .prefault([])
      .describe('Beside those of every method: what is taken out of answers before they are kept'),
    critical: criticalPaths
      .prefault(false)
      .describe('One mismatch is too many, anywhere or at paths'),
    timeout: timer.optional(),
    shadowsCarryCredentials: flag('whether its shadows carry credentials')
      .optional()
      .describe('Whether its shadows carry callers’ credentials; the guard’s when left out'),
  },
  'a method { effects, … }',
);

/** What a guard must know where a side speaks gRPC. */
export const grpc = section(
  {
    descriptors: file
      .optional()
      .describe('A descriptor set: buf build --as-file-descriptor-set -o set.binpb'),
    reflection: flag('whether the service is asked for its descriptors')
      .prefault(false)
      .describe('Whether the service is asked for its descriptors where no set is given'),
    methods: z
      .record(z.string(), method, { error: 'methods by pkg.Service/Method' })
      .prefault({})
      .describe('Methods by pkg.Service/Method'),
    ignoredTrailers: headerPatterns.prefault([]).describe('Trailers that are not compared'),
    maxMessage: messageSize.prefault('64MiB').describe('The longest message that is passed on'),
    timeout: timer
      .optional()
      .describe('The longest that any call may take. Left out: as its caller says'),
    stream: z
      .enum(['array', 'lines'], { error: 'array or lines' })
      .prefault('array')
      .describe('How a bridge writes a stream of messages as one body'),
    ignoresUnknown: flag('whether unknown members are overlooked')
      .prefault(false)
      .describe('Whether a bridge overlooks members and parameters that the messages lack'),
  },
  '{ descriptors, reflection, methods, … }',
);

export type GrpcSection = z.output<typeof grpc>;
