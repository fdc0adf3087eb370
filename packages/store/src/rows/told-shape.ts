import { NOTICE_CONDITIONS, type NoticeCondition } from '@falsework/core/policy';
import type { ToldCondition, ToldRecord } from '@falsework/core/ports';
import { count, listOf, number, object, oneOf, type Shape, text } from './shape.ts';

const kind: Shape<NoticeCondition> = oneOf(NOTICE_CONDITIONS.map((row) => row.kind));

/** What a target was told, and who tells it. */
export const TOLD: Shape<ToldRecord> = object({
  version: count,
  holder: text,
  heldUntil: number,
  heard: count,
  standing: listOf(
    object<ToldCondition>({ kind, text, since: number, sentAt: number }),
    NOTICE_CONDITIONS.length,
  ),
});
