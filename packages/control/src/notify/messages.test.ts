import { describe, expect, it } from 'vitest';
import { messageOf, RESEND_MS } from './messages.ts';
import type { Notice, NotifyTarget } from './target.ts';

const NOW = Date.UTC(2026, 0, 5, 9);
const SECRET = 'T0SECRET';
const CONTEXT = { now: NOW, controlUrl: 'http://control:8070/' };
const CONDITION: Notice = {
  phase: 'begins',
  kind: 'dead-letters',
  migration: 'orders',
  owner: 'checkout',
  severity: 'incident',
  title: 'writes wait for a person',
  text: '2 rows refused by the follower',
  since: NOW - 5_000,
};
const EVENT: Notice = {
  ...CONDITION,
  phase: 'event',
  kind: 'retreat',
  title: 'Falsework retreated to legacy',
  text: 'retreated from 10 % to legacy: 3 <!channel> & more',
  sequence: 7,
};

function bodyOf(kind: NotifyTarget['kind'], notice: Notice): never {
  return JSON.parse(
    messageOf({ kind, url: `http://there/${SECRET}` }, notice, CONTEXT).body,
  ) as never;
}

describe('a message to a webhook', () => {
  it('is one JSON object with the key of what it is about', () => {
    expect(bodyOf('webhook', CONDITION)).toEqual({
      version: 1,
      key: 'orders/dead-letters',
      phase: 'begins',
      kind: 'dead-letters',
      severity: 'incident',
      migration: 'orders',
      owner: 'checkout',
      title: 'writes wait for a person',
      text: '2 rows refused by the follower',
      since: '2026-01-05T08:59:55.000Z',
      sentAt: '2026-01-05T09:00:00.000Z',
      url: 'http://control:8070/m/orders',
    });
  });

  it('tells two decisions of one kind apart', () => {
    expect(bodyOf('webhook', EVENT)).toMatchObject({ key: 'orders/retreat/7', phase: 'event' });
  });
});

describe('a message to Slack', () => {
  it('has blocks, and a text for what shows none', () => {
    expect(bodyOf('slack', CONDITION)).toMatchObject({
      text: 'orders: writes wait for a person. 2 rows refused by the follower',
      blocks: [
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: '*orders: writes wait for a person*\n2 rows refused by the follower',
          },
        },
        {
          type: 'context',
          elements: [{ text: 'owner checkout · <http://control:8070/m/orders|see why>' }],
        },
      ],
    });
  });

  it('can call nobody together, and make no link of what it quotes', () => {
    const text = JSON.stringify(bodyOf('slack', EVENT));
    expect(text).not.toContain('<!channel>');
    expect(text).toContain('&lt;!channel&gt; &amp; more');
  });

  it('says that it is over, and what it was', () => {
    const ended: Notice = { ...CONDITION, phase: 'ends', title: 'no write waits any more' };
    expect(bodyOf('slack', ended)).toMatchObject({
      text: 'Over: orders: no write waits any more. It was: 2 rows refused by the follower',
    });
  });

  it('is never longer than Slack takes', () => {
    const { blocks } = bodyOf('slack', { ...CONDITION, text: '<'.repeat(10_000) }) as {
      blocks: { text: { text: string } }[];
    };
    expect(blocks[0]?.text.text.length).toBeLessThanOrEqual(3_000);
  });
});

describe('an alert to Alertmanager', () => {
  it('has the labels that tell it apart, and holds until it would have been said again', () => {
    const message = messageOf({ kind: 'alertmanager', url: 'http://am:9093/' }, CONDITION, CONTEXT);
    expect(message.url).toBe('http://am:9093/api/v2/alerts');
    expect(JSON.parse(message.body)).toEqual([
      {
        labels: {
          alertname: 'FalseworkDeadLetters',
          severity: 'critical',
          migration: 'orders',
          owner: 'checkout',
        },
        annotations: {
          summary: 'orders: writes wait for a person',
          description: '2 rows refused by the follower',
        },
        startsAt: '2026-01-05T08:59:55.000Z',
        endsAt: new Date(NOW + 4 * RESEND_MS).toISOString(),
        generatorURL: 'http://control:8070/m/orders',
      },
    ]);
  });

  it('is ended by an end that is now, and never ends before it began', () => {
    const ended: Notice = { ...CONDITION, phase: 'ends', since: NOW + 5 };
    const [alert] = bodyOf('alertmanager', ended) as [{ startsAt: string; endsAt: string }];
    expect(alert.endsAt).toBe(new Date(NOW).toISOString());
    expect(alert.startsAt <= alert.endsAt).toBe(true);
  });

  it('is another one for each decision', () => {
    const [alert] = bodyOf('alertmanager', EVENT) as [{ labels: object }];
    expect(alert.labels).toMatchObject({ alertname: 'FalseworkRetreat', decision: '7' });
  });
});

it('no message holds the address that it is sent to', () => {
  for (const kind of ['webhook', 'slack', 'alertmanager'] as const) {
    for (const notice of [CONDITION, EVENT]) {
      expect(JSON.stringify(bodyOf(kind, notice))).not.toContain(SECRET);
    }
  }
});
