/**
 * Where a cursor is from. Numbers of transactions mean something on one server, in one line of its
 * history, with one installation of capture; anywhere else the same numbers name other
 * transactions, and a cursor would silently skip them.
 */
export interface Place {
  /** `pg_control_system()`: one per initdb, kept by physical copies. */
  readonly systemId: string;
  /** Grows with every promotion and every recovery to a point in time. */
  readonly timeline: number;
  readonly database: string;
  /** Made anew by every installation of capture. */
  readonly captureId: string;
}

/** What the follower remembers of the source beside the place. */
export interface Remembered {
  readonly place: Place;
  /** The count that the drain leaves at the source now and then, always before at the follower. */
  readonly mark: number;
  /** The end of the newest snapshot that was applied. */
  readonly xmax: bigint;
}

/** The source as it is now. */
export interface Found {
  readonly place: Place;
  readonly mark: number;
  readonly xmax: bigint;
}

/**
 * Why a cursor must not be used on the source as it is found; `null` when it may. A snapshot of the
 * disk that was put back keeps system, timeline and installation: that is what the mark and the
 * next transaction are for.
 */
export function foreignReason(remembered: Remembered, found: Found): string | null {
  const [was, is] = [remembered.place, found.place];
  if (was.systemId !== is.systemId) return 'it is another server';
  if (was.database !== is.database) return 'it is another database of the server';
  if (was.timeline !== is.timeline) {
    return `it was promoted or restored (timeline ${was.timeline}, now ${is.timeline})`;
  }
  if (was.captureId !== is.captureId) return 'capture was removed and installed again';
  if (found.xmax < remembered.xmax || found.mark < remembered.mark) {
    return 'it went back in time: an older state of its disk was put back';
  }
  return null;
}
