import type { NoticeCondition, NoticeKind } from '@falsework/core/policy';
import type { Instant } from '@falsework/core/ports';

/** Where people are told, and of what. */
export interface NotifyTarget {
  readonly kind: 'webhook' | 'slack' | 'alertmanager';
  /** Secret where the address alone lets one in, as with Slack: it is never said. */
  readonly url: string;
  readonly on: readonly NoticeKind[];
  /** Headers of every request, such as `authorization`. Secret. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * One thing to say: that something happened (`event`), that a condition holds (`begins`), that it
 * still does (`stands`, for targets that forget), or that it has ended (`ends`).
 */
export type Notice = EventNotice | ConditionNotice;

interface Said {
  readonly migration: string;
  readonly owner: string;
  readonly severity: 'info' | 'incident';
  readonly title: string;
  /** What exactly, in words that hold no row and no secret. */
  readonly text: string;
  /** When it happened or began. */
  readonly since: Instant;
}

/** A decision. */
export interface EventNotice extends Said {
  readonly phase: 'event';
  readonly kind: Exclude<NoticeKind, NoticeCondition>;
  /** The number of the decision in the log. */
  readonly sequence: number;
}

/** A condition, as it is said. */
export interface ConditionNotice extends Said {
  readonly phase: 'begins' | 'stands' | 'ends';
  readonly kind: NoticeCondition;
}

/** Tells the same thing apart from others, in every message about it. */
export function noticeKey({ migration, kind, ...rest }: Notice): string {
  return 'sequence' in rest ? `${migration}/${kind}/${rest.sequence}` : `${migration}/${kind}`;
}
