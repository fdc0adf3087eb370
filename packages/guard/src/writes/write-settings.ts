import type { OutcomeKind } from '../journal/index.ts';
import type { FeedingSettings } from './feeder.ts';
import type { ResolvingSettings } from './resolver.ts';

/** How a guard keeps writes to two separate stores, and what of them is kept beside the journal. */
export interface WriteSettings {
  /** Where all of it is kept, on a disk that survives the machine's restart; made when missing. */
  readonly folder: string;
  /** What the journal may take up, where it is not the default. */
  readonly journal?: {
    readonly bytesMax?: number;
    readonly entriesMax?: number;
    readonly diskFreeBytesMin?: number;
  };
  readonly feeding?: Partial<FeedingSettings>;
  readonly resolving?: Partial<ResolvingSettings>;
  /** How long a write waits for an earlier one on its key. Default 5,000. */
  readonly keyWaitMs?: number;
  /** The longest body of a write that is journaled; 413 above it. Default 1 MiB. */
  readonly bodyBytesMax?: number;
  /** Bytes that all bodies of writes under way may hold together; 503 above it. Default 64 MiB. */
  readonly bodiesBytesMax?: number;
  /** How long a side may take for a write that the guard itself sends. Default 30,000. */
  readonly attemptTimeoutMs?: number;
}

/** What a declared route says of its writes. */
export interface RouteWrites {
  /** The authority answers a repeated idempotency key without acting again. */
  readonly isIdempotent: boolean;
  /** What a status of the authority means, by `500` or `5xx`, where it is not the usual. */
  readonly outcomes: Readonly<Record<string, OutcomeKind>>;
}

/** What a route that says nothing of it promises: nothing. */
export const NO_PROMISES: RouteWrites = Object.freeze({ isIdempotent: false, outcomes: {} });

/** What the route declares that a status means; the exact one counts before its class. */
export function declaredOutcome({ outcomes }: RouteWrites, status: number): OutcomeKind | null {
  return outcomes[String(status)] ?? outcomes[`${Math.floor(status / 100)}xx`] ?? null;
}

const MIB = 1024 * 1024;

/** The settings that are the guard's own, every one given. */
export function ownSettings({
  bodyBytesMax = MIB,
  bodiesBytesMax = 64 * MIB,
  attemptTimeoutMs = 30_000,
}: WriteSettings): Required<
  Pick<WriteSettings, 'bodyBytesMax' | 'bodiesBytesMax' | 'attemptTimeoutMs'>
> {
  return { bodyBytesMax, bodiesBytesMax, attemptTimeoutMs };
}
