import type { Instant } from '@falsework/core/ports';
import { type Notice, type NotifyTarget, noticeKey } from './target.ts';

/** A request to be posted. */
export interface Message {
  readonly url: string;
  readonly body: string;
}

/** What a message is made with besides the notice. */
export interface MessageContext {
  readonly now: Instant;
  /** Where people reach control's console. */
  readonly controlUrl: string;
}

/**
 * How often Alertmanager is told of what still holds. It forgets an alert whose `endsAt` has
 * passed; four times that leaves room for three failures in a row.
 */
export const RESEND_MS = 60_000;
const FORGOTTEN_AFTER_MS = 4 * RESEND_MS;

// Slack refuses a section above 3,000 characters.
const SLACK_TEXT_MAX = 2_900;
const WEBHOOK_VERSION = 1;

/** The message that tells one target one notice. Pure. */
export function messageOf(
  { kind, url }: Pick<NotifyTarget, 'kind' | 'url'>,
  notice: Notice,
  context: MessageContext,
): Message {
  if (kind === 'slack') return { url, body: JSON.stringify(slackBody(notice, context)) };
  if (kind === 'webhook') return { url, body: JSON.stringify(webhookBody(notice, context)) };
  return {
    url: `${url.replace(/\/+$/, '')}/api/v2/alerts`,
    body: JSON.stringify([alertOf(notice, context)]),
  };
}

/** Where the console shows the migration. */
function pageOf({ migration }: Notice, { controlUrl }: MessageContext): string {
  return `${controlUrl.replace(/\/+$/, '')}/m/${encodeURIComponent(migration)}`;
}

function webhookBody(notice: Notice, context: MessageContext): object {
  const { migration, owner, kind, phase, severity, title, text, since } = notice;
  return {
    version: WEBHOOK_VERSION,
    key: noticeKey(notice),
    phase,
    kind,
    severity,
    migration,
    owner,
    title,
    text,
    since: new Date(since).toISOString(),
    sentAt: new Date(context.now).toISOString(),
    url: pageOf(notice, context),
  };
}

const MARKS = { event: '', begins: '', stands: '', ends: 'Over: ' } as const;

/** The body of an incoming webhook; `text` is what notifications and screen readers show. */
function slackBody(notice: Notice, context: MessageContext): object {
  const { migration, owner, phase, title, text } = notice;
  const headline = `${MARKS[phase]}${migration}: ${title}`;
  const lead = phase === 'ends' ? 'It was: ' : '';
  const shown = `*${escaped(headline)}*\n${escaped(`${lead}${text}`)}`.slice(0, SLACK_TEXT_MAX);
  const footer = `owner ${escaped(owner)} · <${pageOf(notice, context)}|see why>`;
  return {
    text: escaped(`${headline}. ${lead}${text}`).slice(0, SLACK_TEXT_MAX),
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: shown } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: footer }] },
    ],
    unfurl_links: false,
  };
}

/**
 * Text that Slack shows as it stands. The three characters that its documentation names; without
 * `<` there is no link and no mention of a whole channel. Marks of emphasis are only ugly.
 */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** An alert as the API of Alertmanager, version 2, takes it. Labels tell alerts apart. */
function alertOf(notice: Notice, context: MessageContext): object {
  const { migration, owner, kind, phase, severity, title, text, since } = notice;
  const endsAt = phase === 'ends' ? context.now : context.now + FORGOTTEN_AFTER_MS;
  const name = kind.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const sequence = 'sequence' in notice ? { decision: String(notice.sequence) } : {};
  return {
    labels: {
      alertname: `Falsework${name}`,
      severity: severity === 'incident' ? 'critical' : 'info',
      migration,
      owner,
      ...sequence,
    },
    annotations: { summary: `${migration}: ${title}`, description: text },
    // A clock that is a little behind would else end it before it began, which is refused.
    startsAt: new Date(Math.min(since, endsAt)).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
    generatorURL: pageOf(notice, context),
  };
}
