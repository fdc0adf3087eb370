import type { RouteSettings, WriteSettings } from '../settings.ts';
import { durationText, sizeText } from '../units/index.ts';

const NONE = '(none)';

/** A setting by its place, and what is in force there. */
interface WriteRow {
  readonly at: readonly string[];
  readonly value: string;
}

/** How writes are kept, a row for each setting. */
export function writeRows(settings: WriteSettings): readonly WriteRow[] {
  const { journal, feeding, resolving } = settings;
  const rows: readonly (readonly [string, string])[] = [
    ['folder', settings.folder],
    ['size', sizeText(journal.bytesMax)],
    ['entries', String(journal.entriesMax)],
    ['diskFree', sizeText(journal.diskFreeBytesMin)],
    ['body', sizeText(settings.bodyBytesMax)],
    ['bodies', sizeText(settings.bodiesBytesMax)],
    ['keyWait', durationText(settings.keyWaitMs)],
    ['timeout', durationText(settings.attemptTimeoutMs)],
    ['concurrency', String(feeding.concurrency)],
    ['deadLetter.attempts', String(feeding.attemptsMax)],
    ['deadLetter.outage', durationText(feeding.unavailableMsMax)],
    ['replayWithin', durationText(resolving.replayWithinMs)],
    ['quiet', durationText(resolving.quietMs)],
  ];
  return rows.map(([path, value]) => ({ at: ['guard', 'writes', ...path.split('.')], value }));
}

/** What one route says of its writes. */
export function routeWriteRows(route: RouteSettings): readonly WriteRow[] {
  const { writes, identifiers, canShift, beginsWorkflow } = route;
  const places = Object.entries(identifiers ?? {}).flatMap(([use, kinds]) =>
    Object.entries(kinds).map(([place, kind]) => `${use} ${place}: ${kind}`),
  );
  const outcomes = Object.entries(writes.outcomes).map(([status, kind]) => `${status}: ${kind}`);
  const rows: readonly (readonly [string, string])[] = [
    ['idempotent', String(writes.isIdempotent)],
    ['outcomes', outcomes.join(', ') || NONE],
    ['identifiers', places.join(', ') || NONE],
    ['workflow', String(beginsWorkflow)],
    ['shift', String(canShift)],
  ];
  return rows.map(([name, value]) => ({ at: ['guard', 'routes', route.seam, name], value }));
}
