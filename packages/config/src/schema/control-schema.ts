import type { z } from 'zod';
import { baseUrl, host } from './addresses.ts';
import { section, textLeaf } from './leaf.ts';
import { port } from './scalars.ts';

/** Where control keeps its state when nothing else is said, relative to the configuration. */
const DEFAULT_STORE = '.falsework/state.db';

// 16 random characters are 96 bits in base64: beyond guessing over a network.
const TOKEN_LENGTH_MIN = 16;

const token = textLeaf({
  expects: `at least ${TOKEN_LENGTH_MIN} visible ASCII characters without blanks`,
  parse: (value) => {
    const text = String(value);
    return text.length >= TOKEN_LENGTH_MIN && /^[!-~]{1,4096}$/.test(text) ? text : undefined;
  },
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
  },
  'a control { url, host, port, store, token }',
);

export type ControlSection = z.output<typeof controlSchema>;
