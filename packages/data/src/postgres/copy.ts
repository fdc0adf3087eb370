import type { Readable, Writable } from 'node:stream';
import copy from 'pg-copy-streams';
import type { Session } from './session.ts';

/**
 * Begins a `COPY … FROM STDIN` and gives the stream to write into. The copy is done when the stream
 * has finished; destroying it undoes the copy. Nothing else may run on the session meanwhile.
 */
export function copyIn(session: Session, sql: string): Writable {
  return session.client.query(copy.from(sql));
}

/**
 * Begins a `COPY … TO STDOUT` and gives the stream to read from. It has to be read to its end:
 * until then nothing else may run on the session.
 */
export function copyOut(session: Session, sql: string): Readable {
  return session.client.query(copy.to(sql));
}
