import type { EvidenceBatch, PlaneRetreat } from '@falsework/core/evidence';
import type { Snapshot } from '@falsework/core/routing';
import type { ReportFacts } from '../report/guard-report.ts';

/** What the process that holds the workers tells one of them. */
export type ToWorker =
  /** The first message: what to be made of, and what control said last. */
  | {
      readonly type: 'start';
      readonly data: unknown;
      readonly share: WorkerShare;
      readonly isSteered: boolean;
      readonly snapshot: Snapshot | null;
    }
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
  /** Another worker went back to legacy by itself. */
  | { readonly type: 'retreat'; readonly retreat: PlaneRetreat }
  /** What became of a batch; `problem` is `null` when control took it. */
  | { readonly type: 'reported'; readonly id: number; readonly problem: BatchProblem | null }
  | { readonly type: 'settle'; readonly id: number }
  | { readonly type: 'reload'; readonly id: number; readonly data: unknown }
  | { readonly type: 'stop'; readonly withinMs: number };

/** What a worker tells the process that holds it. */
export type FromWorker =
  | { readonly type: 'listening'; readonly url: string; readonly port: number }
  | { readonly type: 'failed'; readonly problem: WorkerProblem }
  | { readonly type: 'facts'; readonly facts: ReportFacts }
  | { readonly type: 'batch'; readonly id: number; readonly batch: EvidenceBatch }
  | { readonly type: 'settled'; readonly id: number }
  | { readonly type: 'reloaded'; readonly id: number; readonly problem: WorkerProblem | null };

/** Why control did not take a batch. */
export interface BatchProblem {
  readonly message: string;
  /** Control has read it, and will never take it. */
  readonly isRefused: boolean;
}

/** An error as it crosses from one process to another. `code` is `''` where it has none. */
export interface WorkerProblem {
  readonly code: string;
  readonly facts: unknown;
  readonly message: string;
}

/** Which of how many workers one is: what is bounded is bounded over all of them. */
export interface WorkerShare {
  readonly index: number;
  readonly count: number;
}
