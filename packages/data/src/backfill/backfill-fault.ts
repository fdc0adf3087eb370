import { type ErrorFacts, type FalseworkError, fault } from '@falsework/core/errors';
import type { TableMapping } from '../mapping/table-mapping.ts';
import { classify, sqlState } from '../postgres/failure.ts';
import { relationName } from '../postgres/quote.ts';
import { ChunkOutdated } from './copy-chunk.ts';

/** What had been done when copying failed. */
export interface DoneSoFar {
  readonly mapping: TableMapping;
  readonly database: string;
  readonly rows: number;
  readonly chunks: number;
}

type StopFacts = ErrorFacts<'FW_DATA_BACKFILL_STOPPED'>;

// The table or the types are not what they were when the mapping was resolved: undefined column,
// table, type or function, a column that is generated always, values of another type.
const CHANGED = new Set(['42703', '42P01', '42704', '42883', '428C9', '42804', '3F000']);
const FULL = new Set(['53100', '53200', '54000']);
const DENIED = new Set(['42501']);

/**
 * True for what may be over when it is tried again: locks, time-outs, a server that restarts, and a
 * chunk that was overtaken by a truncation.
 */
export function mayPass(error: unknown): boolean {
  if (error instanceof ChunkOutdated) return true;
  const state = sqlState(error);
  // Too many connections now says nothing of the next minute, unlike a full disk.
  if (state === '53300') return true;
  const { code } = classify(error, { database: '', operation: '' });
  return code === 'FW_DATA_BUSY' || code === 'FW_DATA_UNREACHABLE';
}

/** True when a statement ran into its bounds: the chunk was too large for the moment. */
export function isTooSlow(error: unknown): boolean {
  return sqlState(error) === '57014';
}

/**
 * The error with which copying a table ends: what stands in the way, and what is there of the
 * table. Errors that say so already stay as they are.
 */
export function backfillFault(error: unknown, done: DoneSoFar): FalseworkError {
  const inner = classify(error, { database: done.database, operation: 'copying a table' });
  if (/^FW_DATA_(BACKFILL_|PLACE$)/.test(inner.code)) return inner;
  const state = sqlState(error) ?? '';
  const facts: StopFacts = {
    table: relationName(done.mapping.source),
    database: databaseOf(inner) ?? done.database,
    because: state === '' ? inner.code : `SQLSTATE ${state}`,
    rows: done.rows,
    chunks: done.chunks,
  };
  if (CHANGED.has(state)) return fault('FW_DATA_BACKFILL_CHANGED', facts, error);
  if (FULL.has(state)) return fault('FW_DATA_BACKFILL_FULL', facts, error);
  if (DENIED.has(state)) return fault('FW_DATA_BACKFILL_DENIED', facts, error);
  return fault('FW_DATA_BACKFILL_STOPPED', facts, error);
}

function databaseOf({ facts }: FalseworkError): string | null {
  const { database } = facts as { readonly database?: unknown };
  return typeof database === 'string' ? database : null;
}
