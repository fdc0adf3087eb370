import { z } from 'zod';
import { baseUrl, host } from './addresses.ts';
import { section, textLeaf } from './leaf.ts';
import { line, port } from './scalars.ts';

/** Where control keeps its state when nothing else is said, relative to the configuration. */
const DEFAULT_STORE = '.falsework/state.db';

// 16 random characters are 96 bits in base64: beyond guessing over a network.
const TOKEN_LENGTH_MIN = 16;

/** What a token is, as the end of a sentence. */
export const TOKEN_EXPECTED = `at least ${TOKEN_LENGTH_MIN} visible ASCII characters without blanks`;

/** Whether a text will do as a token. */
export function isToken(text: string): boolean {
  return text.length >= TOKEN_LENGTH_MIN && /^[!-~]{1,4096}$/.test(text);
}

const token = textLeaf({
  expects: TOKEN_EXPECTED,
  parse: (value) => (isToken(String(value)) ? String(value) : undefined),
});

const TOKENS_MAX = 1_000;

const SECRET = "env('A_VARIABLE') or file('a/file'): secrets stand nowhere in the configuration";
const reference = (expects: string) => z.string({ error: expects }).min(1, { error: expects });

// References are plain objects to YAML. They stay what they are until control starts: whoever asks
// control from their own machine has neither the others' variables nor their files.
const secret = z.union(
  [
    z.strictObject({ from: z.literal('env'), name: reference('the name of a variable') }),
    z.strictObject({ from: z.literal('file'), file: reference('the name of a file') }),
  ],
  { error: SECRET },
);

const namedToken = section(
  {
    role: z.enum(['viewer', 'plane', 'operator'], { error: 'viewer, plane or operator' }),
    secret,
  },
  "{ role, secret }, such as { role: 'viewer', secret: env('ADA_TOKEN') }",
);

const tokens = z
  .record(line('whose token it is'), namedToken, { error: 'tokens by whose they are' })
  .refine((all) => Object.keys(all).length <= TOKENS_MAX, {
    error: `at most ${TOKENS_MAX} tokens`,
  });

const store = textLeaf({
  expects: 'a file for SQLite, or a postgres:// URL with a host or a database',
  parse: (value) => {
    const text = String(value).trim();
    if (text === '' || text.includes('\0')) return undefined;
    // One letter before the colon is a drive of Windows; anything longer is a scheme, and we know
    // one kind.
    if (!/^[a-z][a-z0-9+.-]+:/i.test(text)) return text;
    return /^postgres(?:ql)?:\/\/[^\s]+$/i.test(text) && URL.canParse(text) ? text : undefined;
  },
});

/** Where control listens and keeps its state. */
export const controlSchema = section(
  {
    url: baseUrl.optional().describe('Where others reach control'),
    host: host.prefault('127.0.0.1'),
    port: port.prefault(8_070),
    store: store
      .prefault(DEFAULT_STORE)
      .describe('A file for the embedded SQLite, or a postgres:// URL'),
    token: token.optional().describe('The bearer token of the admin API'),
    tokens: tokens.prefault({}).describe('A token more for each person and service'),
  },
  'a control { url, host, port, store, token, tokens }',
);

export type ControlSection = z.output<typeof controlSchema>;
