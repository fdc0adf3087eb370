import type { DivergenceKind } from './classify.ts';
import type { PassState } from './pass-record.ts';

/** How a pass over one mapping ended. */
export interface PassSummary {
  readonly mapping: string;
  readonly pass: string;
  readonly state: PassState;
  /** Rows of the source that were compared: that, and not what was walked over, is the coverage. */
  readonly rows: number;
  /** Keys that were in flight when they were come by. */
  readonly inFlight: number;
  /** Of these, the ones that have still not been compared. */
  readonly unsettled: number;
  /** Rows on which the stores disagree, by what is wrong with them. */
  readonly divergences: Readonly<Partial<Record<DivergenceKind, number>>>;
  readonly canaries: { readonly planted: number; readonly found: number };
  readonly tookMs: number;
}

/** What reconciling tells of while it runs. Rows are never told, and of keys only a digest. */
export type ReconcileEvent =
  | {
      readonly kind: 'begun';
      readonly mapping: string;
      readonly pass: string;
      /** True when an interrupted pass is gone on with. */
      readonly isResumed: boolean;
      readonly estimatedRows: number;
      readonly hashing: 'record' | 'text';
    }
  | {
      readonly kind: 'canaries';
      readonly mapping: string;
      readonly planted: number;
      readonly found: number;
    }
  | {
      readonly kind: 'progress';
      readonly mapping: string;
      readonly rows: number;
      readonly estimatedRows: number;
      readonly rowsPerSecond: number;
    }
  | { readonly kind: 'held'; readonly because: string }
  | {
      readonly kind: 'divergence';
      readonly mapping: string;
      /** To tell two of them apart; the key itself is in the follower's own table. */
      readonly keyDigest: string;
      readonly divergence: DivergenceKind;
    }
  | { readonly kind: 'rechecking'; readonly mapping: string; readonly left: number }
  | { readonly kind: 'finished'; readonly summary: PassSummary };
