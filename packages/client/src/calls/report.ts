import { channel } from 'node:diagnostics_channel';

/** Why a call was not sent once more. */
export type Stop =
  | 'answered'
  | 'failed'
  | 'no-common-version'
  | 'not-idempotent'
  | 'body-spent'
  | 'tries'
  | 'budget'
  | 'deadline'
  | 'aborted';

/** What to do about a call that ended there; `answered` needs nothing. */
const ACTIONS: Readonly<Record<Stop, string>> = Object.freeze({
  answered: 'Nothing.',
  failed: 'Look at the cause: sending the same again would fail the same way.',
  'no-common-version':
    'Give the client a version that this server speaks, or teach the server one of the client’s.',
  'not-idempotent':
    'Look first whether it took effect. Give such calls an idempotency key if the server honours keys.',
  'body-spent':
    'Give the body as text or bytes: a stream, or a body over the limit, can be sent only once.',
  tries: 'Look at that service; more tries would only add to its load.',
  budget: 'Look at that service: so many calls to it fail that retries were stopped to spare it.',
  deadline: 'Look at that service, or give the call more time.',
  aborted: 'Nothing: the caller ended it.',
});

/** Every reason that there is. */
export const STOPS = Object.keys(ACTIONS) as readonly Stop[];

/** What became of one call: how often it was sent, what happened last, why it ended there. */
export interface CallReport {
  readonly method: string;
  readonly origin: string;
  /** How often it was sent, refusals of a version included. */
  readonly tries: number;
  /** Milliseconds spent waiting between tries. */
  readonly waitedMs: number;
  /** What happened last, for example `503` or `ECONNREFUSED`. */
  readonly last: string;
  readonly stop: Stop;
  /** What to do next. */
  readonly action: string;
  readonly idempotencyKey: string | null;
  /** The version that was asked for last; null when none is negotiated. */
  readonly askedVersion: string | null;
  /** The version that the answer says it is in; null when it says nothing. */
  readonly answeredVersion: string | null;
}

const reports = new WeakMap<object, CallReport>();

/**
 * The channel of `node:diagnostics_channel` on which every ended call is reported: for metrics and
 * logs. Without a subscriber it costs one comparison.
 */
export const CALLS_CHANNEL = 'falsework:client:call';

const calls = channel(CALLS_CHANNEL);

/** What to do about a call that ended for this reason. */
export const actionFor = (stop: Stop): string => ACTIONS[stop];

/** Files the report under what the caller is given, and tells whoever listens. */
export function fileReport(given: unknown, report: CallReport): void {
  if (typeof given === 'object' && given !== null) reports.set(given, report);
  if (calls.hasSubscribers) calls.publish(report);
}

/**
 * What became of the call that ended in this answer or error; undefined for anything that this
 * client did not hand out. The answers and errors themselves are those of fetch, undici or axios,
 * unchanged.
 *
 * ```ts
 * try { await call(url) } catch (error) { console.error(reportOf(error)?.action) }
 * ```
 */
export function reportOf(answerOrError: unknown): CallReport | undefined {
  return typeof answerOrError === 'object' && answerOrError !== null
    ? reports.get(answerOrError)
    : undefined;
}
