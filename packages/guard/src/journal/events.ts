import type { Instant } from '@falsework/core/ports';
import type { LogRecord } from './record.ts';

/** A write as a caller sent it, with what is needed to send it again. */
export interface Intent {
  readonly route: string;
  /** The entity that it changes; writes on one key keep their order. `null` when none is known. */
  readonly key: string | null;
  readonly idempotencyKey: string;
  readonly at: Instant;
  /** The route declares that the authority answers a repeated key without acting again. */
  readonly canReplay: boolean;
  readonly method: string;
  readonly path: string;
  /** Raw: names and values in turn, the idempotency key among them. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

/** An identifier as JSON has it: the digits of a number are kept as they were written. */
export interface Identifier {
  readonly kind: 'string' | 'number';
  readonly text: string;
}

/**
 * How a write ended at the authority. `applied`: it took effect. `refused`: the authority declined,
 * nothing changed. `unsent`: it never reached the authority. `unknown`: it may or may not have
 * taken effect.
 */
export type OutcomeKind = 'applied' | 'refused' | 'unsent' | 'unknown';

/** The end of a write at the authority, as far as it is known. */
export interface WriteOutcome {
  readonly kind: OutcomeKind;
  /** The status that the authority answered with; `null` when it did not answer. */
  readonly status: number | null;
  /** Identifiers that the authority's answer generated, by the name that the route declares. */
  readonly identifiers?: Readonly<Record<string, Identifier>>;
  /** Who found it out: a person's name after reconciliation. */
  readonly by?: string;
  readonly reason?: string;
}

/** What a journal records about one entry, in the order in which it happened. */
export type JournalEvent =
  | { readonly type: 'intent'; readonly intent: Intent }
  | { readonly type: 'outcome'; readonly at: Instant; readonly outcome: WriteOutcome }
  | { readonly type: 'fed'; readonly at: Instant }
  | {
      readonly type: 'dead';
      readonly at: Instant;
      readonly attempts: number;
      readonly because: string;
    }
  | { readonly type: 'revived'; readonly at: Instant; readonly by: string }
  | {
      readonly type: 'discarded';
      readonly at: Instant;
      readonly by: string;
      readonly reason: string;
    }
  | { readonly type: 'listed'; readonly at: Instant; readonly because: string };

// The place in this list is what lies on the disk: only ever append.
const TYPES = ['intent', 'outcome', 'fed', 'dead', 'revived', 'discarded', 'listed'] as const;

export function encodeEvent(sequence: number, event: JournalEvent): LogRecord {
  const type = TYPES.indexOf(event.type) + 1;
  if (event.type !== 'intent') {
    const { type: _, ...facts } = event;
    return { type, sequence, payload: Buffer.from(JSON.stringify(facts)) };
  }
  const { body, ...facts } = event.intent;
  const head = Buffer.from(JSON.stringify(facts));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.byteLength);
  return { type, sequence, payload: Buffer.concat([length, head, body]) };
}

/** The event in a record; throws when the record is sound but of a kind that nobody here writes. */
export function decodeEvent({ type, payload }: LogRecord): JournalEvent {
  const name = TYPES[type - 1];
  if (name === undefined) throw new Error(`a record of the unknown type ${type}`);
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  if (name !== 'intent') return { type: name, ...JSON.parse(bytes.toString()) } as JournalEvent;
  const headEnd = 4 + bytes.readUInt32LE(0);
  const facts = JSON.parse(bytes.toString('utf8', 4, headEnd)) as Omit<Intent, 'body'>;
  return { type: 'intent', intent: { ...facts, body: bytes.subarray(headEnd) } };
}

/** True for the record of an intent. */
export function isIntent({ type }: Pick<LogRecord, 'type'>): boolean {
  return TYPES[type - 1] === 'intent';
}
