import { resolve } from 'node:path';
import type { GuardSection, RouteSection } from './schema/guard-schema.ts';
import type { RouteSettings, WriteSettings } from './settings.ts';

// The guard's own: nobody has had a reason to wait otherwise yet.
const FEEDING_BACKOFF = { baseMs: 100, capMs: 30_000 };
const RESOLVING_BACKOFF = { baseMs: 100, capMs: 5_000 };

/** How writes are kept; the folder is found from that of the configuration. */
export function toWrites(
  { writes }: GuardSection,
  directory: string,
  migration: string,
): WriteSettings {
  return {
    folder: resolve(directory, writes.folder ?? `.falsework/writes/${migration}`),
    journal: {
      bytesMax: writes.size,
      entriesMax: writes.entries,
      diskFreeBytesMin: writes.diskFree,
    },
    feeding: {
      concurrency: writes.concurrency,
      backoff: FEEDING_BACKOFF,
      attemptsMax: writes.deadLetter.attempts,
      unavailableMsMax: writes.deadLetter.outage,
    },
    resolving: {
      backoff: RESOLVING_BACKOFF,
      replayWithinMs: writes.replayWithin,
      quietMs: writes.quiet,
    },
    keyWaitMs: writes.keyWait,
    bodyBytesMax: writes.body,
    bodiesBytesMax: writes.bodies,
    attemptTimeoutMs: writes.timeout,
  };
}

/** What a route says of its writes. */
export function toRouteWrites({
  idempotent,
  outcomes,
  identifiers,
  shift,
  workflow,
}: RouteSection): Pick<RouteSettings, 'writes' | 'identifiers' | 'canShift' | 'beginsWorkflow'> {
  return {
    writes: { isIdempotent: idempotent ?? false, outcomes: outcomes ?? {} },
    identifiers: identifiers ?? null,
    canShift: shift ?? true,
    beginsWorkflow: workflow ?? false,
  };
}
