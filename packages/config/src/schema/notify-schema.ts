import { NOTICE_KINDS, type NoticeKind } from '@falsework/core/policy';
import { z } from 'zod';
import { section, textLeaf } from './leaf.ts';
import { headerName } from './scalars.ts';

const TARGETS_MAX = 20;
const HEADERS_MAX = 20;

const SECRET = "env('A_VARIABLE') or file('a/file')";
const named = (expects: string) => z.string({ error: expects }).min(1, { error: expects });

// They stay what they are until control starts: nobody else needs to know them.
const secret = z.union(
  [
    z.strictObject({ from: z.literal('env'), name: named('the name of a variable') }),
    z.strictObject({ from: z.literal('file'), file: named('the name of a file') }),
  ],
  { error: SECRET },
);

const URL_EXPECTED = `an http or https URL without credentials, or ${SECRET}`;

/** True for an address to which messages can be posted. Paths and queries are the target's own. */
export function isPostUrl(text: string): boolean {
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return url.username === '' && url.password === '' && url.hash === '' && url.hostname !== '';
}

const url = z.union(
  [
    textLeaf({
      expects: URL_EXPECTED,
      parse: (value) => (isPostUrl(String(value)) ? String(value) : undefined),
    }),
    secret,
  ],
  { error: URL_EXPECTED },
);

const kind: z.ZodType<NoticeKind, NoticeKind> = z.enum(
  NOTICE_KINDS as [NoticeKind, ...NoticeKind[]],
  { error: `one of ${NOTICE_KINDS.join(', ')}` },
);

const VALUE = `text of one line, or ${SECRET}`;
const headerValue = z.union(
  [
    textLeaf({
      expects: VALUE,
      parse: (value) => (/^[\t -~]{1,4096}$/.test(String(value)) ? String(value) : undefined),
    }),
    secret,
  ],
  { error: VALUE },
);

const ONE_OF = 'exactly one of webhook, slack and alertmanager';

const target = section(
  {
    webhook: url.optional().describe('Gets one JSON object for each notice'),
    slack: secret.optional().describe('An incoming webhook; its address is the secret'),
    alertmanager: url.optional().describe('The address of Alertmanager itself, without /api'),
    on: z.array(kind, { error: 'a list of notices' }).min(1, { error: 'one notice' }).optional(),
    headers: z
      .record(headerName, headerValue, { error: 'headers by name' })
      .refine((all) => Object.keys(all).length <= HEADERS_MAX, {
        error: `at most ${HEADERS_MAX} headers`,
      })
      .prefault({}),
    token: secret.optional().describe('Sent as `Authorization: Bearer …`'),
  },
  "{ webhook | slack | alertmanager, on, headers, token }, such as { slack: env('SLACK_URL') }",
).refine(
  ({ webhook, slack, alertmanager }) =>
    [webhook, slack, alertmanager].filter((each) => each !== undefined).length === 1,
  { error: ONE_OF },
);

/** Who is told of a migration, and of what. */
export const notifySchema = z
  .array(target, { error: 'a list of targets' })
  .max(TARGETS_MAX, { error: `at most ${TARGETS_MAX} targets` });

export type NotifySection = z.output<typeof notifySchema>;
