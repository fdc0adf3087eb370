import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { copyIn, copyOut } from '../postgres/copy.ts';
import { classify } from '../postgres/failure.ts';
import type { Session } from '../postgres/session.ts';

/** One end of a COPY: where, what people call it, and the statement. */
export interface CopyEnd {
  readonly session: Session;
  readonly label: string;
  readonly sql: string;
}

/**
 * Pipes a COPY out of one database into a COPY of another, without ever holding more of it than the
 * streams do. Rejects with the error of whichever end failed first. The connection to the source is
 * given up then: a COPY out of it ends only by being read to its end.
 */
export async function copyAcross(
  from: CopyEnd,
  to: CopyEnd,
): Promise<{ readonly rows: number; readonly bytes: number }> {
  const out = copyOut(from.session, from.sql);
  const into = copyIn(to.session, to.sql);
  let bytes = 0;
  let first: string | null = null;
  out.on('data', (part: Buffer) => {
    bytes += part.length;
  });
  // Both ends fail when one of them does; whose fault it was is whoever spoke first.
  out.once('error', () => {
    first ??= from.label;
  });
  into.once('error', () => {
    first ??= to.label;
  });
  try {
    await pipeline(out, into);
  } catch (error) {
    if (first !== from.label) breakOff(from.session);
    throw classify(error, { database: first ?? from.label, operation: 'copying a chunk' });
  }
  return { rows: rowCountOf(into), bytes };
}

/** Ends a connection at once; what waits for an answer on it rejects. */
function breakOff({ client }: Session): void {
  const { connection } = client as unknown as {
    readonly connection: { readonly stream: Readable };
  };
  connection.stream.destroy();
}

function rowCountOf(stream: Writable): number {
  return 'rowCount' in stream ? Number(stream.rowCount) : 0;
}
