import { fingerprint } from '@falsework/core/text';
import { quoteLiteral } from '../postgres/quote.ts';

/** The channel on which a sleeping drain is woken. */
export function wakeChannel(schema: string): string {
  return schema;
}

/** The number of the lock that a sleeping drain holds. */
export function wakeLock(schema: string): string {
  return String(BigInt(`0x${fingerprint(`wake ${schema}`).slice(0, 15)}`));
}

/**
 * The statement by which a writer wakes the drain, in PL/pgSQL. Trying for the lock never waits,
 * and fails only while the drain sleeps: so a busy source sends nothing, which matters because a
 * commit with a notification waits for all others of its kind. Where transactions may be prepared
 * for two-phase commit nothing is ever sent, since they cannot be once they have notified.
 */
export function wakeStatement(schema: string): string {
  return `
      if not pg_catalog.pg_try_advisory_xact_lock_shared(${wakeLock(schema)}) then
        if pg_catalog.current_setting('max_prepared_transactions') operator(pg_catalog.=) '0' then
          perform pg_catalog.pg_notify(${quoteLiteral(wakeChannel(schema))}, '');
        end if;
      end if;`;
}
