import type { Instant } from '@falsework/core/ports';
import type { WritesReport } from '../writes/guard-writes.ts';
import type { Debt, OrderResult } from '../writes/write-debts.ts';

/** What a person orders about writes that nobody else can settle. */
export type WriteOrder =
  /** Feeds a dead letter again. */
  | { readonly order: 'retry'; readonly sequence: number; readonly by: string }
  /** Gives a dead letter up: the follower never gets it. */
  | {
      readonly order: 'discard';
      readonly sequence: number;
      readonly by: string;
      readonly reason: string;
    }
  /** Says whether the authority has a write of which nobody knew. */
  | {
      readonly order: 'settle';
      readonly sequence: number;
      readonly isApplied: boolean;
      readonly by: string;
      readonly reason: string;
    }
  /** Lets the shadows of a route run again whose candidate did not honour a dry run. */
  | {
      readonly order: 'resume';
      readonly route: string;
      readonly by: string;
      readonly reason: string;
    };

/** A route whose shadows are stopped, because its candidate did not honour a dry run. */
export interface StoppedRoute {
  readonly route: string;
  readonly at: Instant;
  readonly because: string;
}

/** What stands open at one guard. */
export interface OpenWrites {
  /** `null` where no route is followed. */
  readonly writes: WritesReport | null;
  /** Writes that need a person, oldest first, as many as are shown at once. */
  readonly debts: readonly Debt[];
  readonly stopped: readonly StoppedRoute[];
}

/** What takes orders. */
export interface OrderTaker {
  open(): OpenWrites;
  take(order: WriteOrder): Promise<OrderResult>;
}

const TEXT_MAX = 500;

/** The order in a document from outside; a reason, as text, when it is none. */
export function readOrder(document: unknown): WriteOrder | string {
  if (typeof document !== 'object' || document === null) return 'an order is an object';
  const { order, by, reason, sequence, isApplied, route } = document as Record<string, unknown>;
  if (!isText(by)) return '`by` is who orders it';
  if (order !== 'retry' && !isText(reason)) return '`reason` is why';
  if (order === 'resume') {
    return isText(route) ? { order, route, by, reason: String(reason) } : '`route` is which route';
  }
  if (!Number.isSafeInteger(sequence)) return '`sequence` is the number of a write';
  const about = { sequence: sequence as number, by, reason: String(reason) };
  if (order === 'retry') return { order, sequence: about.sequence, by };
  if (order === 'discard') return { order, ...about };
  if (order !== 'settle') return '`order` is retry, discard, settle or resume';
  return typeof isApplied === 'boolean'
    ? { order, ...about, isApplied }
    : '`isApplied` is whether the authority has it';
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= TEXT_MAX;
}
