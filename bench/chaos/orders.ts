/** What our process can be told to do. Every order may be given again when it was cut off. */
export type Order =
  | 'capture'
  | 'some backfill'
  | 'backfill'
  | 'reconcile'
  | 'rehearse'
  | 'turnover'
  | 'rollback'
  | 'seal'
  | 'settle'
  | 'strike';

/** Which way changes are carried beside it. */
export type Flow = 'forward' | 'reverse' | null;

/** An order as it is sent. */
export interface Ordered {
  readonly id: number;
  readonly order: Order;
  readonly flow: Flow;
}

/** What our process tells. */
export type Told =
  /** It got somewhere: the moments at which kills happen. */
  | { readonly kind: 'event'; readonly event: string }
  /** Carried out. */
  | { readonly kind: 'done'; readonly id: number }
  /** Not carried out, and it is right to try again: a server was down, a lock still held. */
  | { readonly kind: 'again'; readonly id: number; readonly because: string }
  /** What must never come of it, whatever was killed. */
  | { readonly kind: 'wrong'; readonly because: string };
