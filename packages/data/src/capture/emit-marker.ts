import { oneRow, type Session } from '../postgres/session.ts';

/**
 * Writes a message to the log, through to the disk, and everything before it. Whoever reads tables
 * sees nothing of it.
 */
export async function emitMarker(session: Session, content: string): Promise<void> {
  await oneRow(session, `select pg_logical_emit_message(true, 'falsework', $1)`, [content]);
}
