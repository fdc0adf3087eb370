import { fault } from '@falsework/core/errors';
import type { Cancel } from '@falsework/core/ports';
import type { IBackoff, RetryPolicy } from 'cockatiel';
import { type CallSpan, tracing } from '../telemetry/call-tracer.ts';
import { Attempting } from './attempting.ts';
import type { AnswerHead, CallRequest, Send } from './call-request.ts';
import { checkNumber } from './check-number.ts';
import type { Settings } from './client-options.ts';
import { HEADERS } from './header-names.ts';
import { keyOf } from './idempotency-key.ts';
import { whyNotRepeat } from './may-repeat.ts';
import { isIdempotent } from './methods.ts';
import { actionFor, fileReport, type Stop } from './report.ts';
import { retryAfterMs } from './retry-after.ts';
import { connectionFailure } from './transport-failure.ts';
import { readVersions } from './versions.ts';

/** The result of a try that is to be made again. */
export const AGAIN = Symbol('again');

/** Starts the waits of one call. */
export type BackoffFactory = () => IBackoff<unknown>;

// RFC 6585 and RFC 9110: not now, come again. Other failures of a server are answers.
const COME_AGAIN = new Set([429, 503]);

/** How a server refuses a version, with the header that names those it speaks. */
const NOT_ACCEPTABLE = 406;

/** One call, over all of its tries. */
export class Call {
  readonly #settings: Settings;
  readonly #request: CallRequest;
  readonly #key: string | null;
  readonly #deadlineAtMs: number;
  readonly #triesMax: number;
  readonly #refused = new Set<string>();
  #told: readonly string[] | null = null;
  #backoff: IBackoff<unknown>;
  #isFirstWait = true;
  #attempt: Attempting | null = null;
  #cancelDeadline: Cancel = () => {};
  /** Tries that count against the most that there may be. */
  #tries = 0;
  /** Everything that was sent, a request in another version included. */
  #sent = 0;
  #waitMs = 0;
  #waitedMs = 0;
  #last = 'nothing was sent';
  #stop: Stop = 'answered';
  #answeredVersion: string | null = null;
  readonly #span: CallSpan | null;

  constructor(settings: Settings, request: CallRequest, backoff: IBackoff<unknown>) {
    this.#settings = settings;
    this.#request = request;
    this.#backoff = backoff;
    this.#span = tracing.tracer === null ? null : tracing.tracer.began(this.#where());
    this.#key = keyOf(request, settings);
    this.#triesMax =
      request.options.triesMax === undefined
        ? settings.triesMax
        : checkNumber('triesMax', request.options.triesMax, { min: 1 });
    this.#deadlineAtMs = settings.timers.clock.monotonicMs() + msUntilDeadline(request, settings);
  }

  /** Runs it under the policy that repeats. Up to the first `send`, everything is synchronous. */
  async run<Given>(policy: RetryPolicy, send: Send<Given>): Promise<Given> {
    this.#settings.budget.earn();
    try {
      this.#request.signal?.throwIfAborted();
      this.#watchDeadline();
      const result = await policy.execute(() => this.#try(send));
      const [given] = result as [Given];
      this.#over(true);
      this.#file(given);
      return given;
    } catch (error) {
      this.#cancelDeadline();
      if (this.#request.signal?.aborted === true) this.#stop = 'aborted';
      this.#over(false);
      this.#file(error);
      throw error;
    }
  }

  async #try<Given>(send: Send<Given>): Promise<[Given] | typeof AGAIN> {
    if (this.#tries > 0) await this.#wait();
    this.#tries += 1;
    for (;;) {
      const attempt = this.#begin();
      let given: Given;
      try {
        given = await send(attempt);
      } catch (thrown) {
        // The final answer itself, from a transport that rejects on its status.
        if (attempt.verdict === 'final') throw thrown;
        this.#span?.failed(thrown);
        this.#judgeFailure(attempt, attempt.failure(thrown));
        return AGAIN;
      } finally {
        attempt.cancelTimeout();
      }
      if (attempt.verdict === 'again') return AGAIN;
      if (attempt.verdict !== 'other-version') return [given];
    }
  }

  #begin(): Attempting {
    this.#sent += 1;
    this.#last = `no answer yet to try ${this.#sent}`;
    const { versions, memory, tryTimeoutMs, timers } = this.#settings;
    const negotiates = versions.length > 0 && this.#request.header(HEADERS.version) === null;
    const version = negotiates
      ? memory.choose(this.#request.origin, this.#refused, this.#told)
      : null;
    const headers: [string, string][] = [];
    if (version !== null) {
      headers.push([HEADERS.version, version], [HEADERS.acceptVersions, versions.join(', ')]);
    }
    if (this.#key !== null) headers.push([HEADERS.idempotencyKey, this.#key]);
    const leftMs = this.#leftMs();
    if (leftMs !== Number.POSITIVE_INFINITY) {
      headers.push([HEADERS.deadlineMs, String(Math.max(1, Math.floor(leftMs)))]);
    }
    this.#span?.sends(headers);
    this.#attempt = new Attempting({
      headers,
      version,
      callerSignal: this.#request.signal,
      judge: (attempt, head) => this.#judgeAnswer(attempt, head),
      done: () => this.#cancelDeadline(),
    });
    if (tryTimeoutMs !== null) {
      const facts = { ...this.#where(), timeoutMs: tryTimeoutMs };
      this.#attempt.limit(timers.clock, tryTimeoutMs, () => fault('FW_CLIENT_TRY_TIMEOUT', facts));
    }
    return this.#attempt;
  }

  #judgeAnswer(attempt: Attempting, head: AnswerHead): void {
    const { origin, isReplayable } = this.#request;
    const { memory } = this.#settings;
    this.#last = String(head.status);
    this.#span?.answered(head.status);
    this.#answeredVersion = head.header(HEADERS.version);
    const theirs = attempt.version === null ? null : readVersions(head.header(HEADERS.versions));
    if (theirs !== null) memory.learn(origin, theirs);
    const asked = attempt.version;
    if (head.status === NOT_ACCEPTABLE && asked !== null && theirs?.includes(asked) === false) {
      // The server says that it does not speak this version, so it did nothing: even a request that
      // must not be repeated may be put in other words. Each version is tried once at most.
      this.#refused.add(asked);
      this.#told = theirs;
      if (memory.choose(origin, this.#refused, theirs) === null) {
        attempt.verdict = this.#end('no-common-version');
      } else attempt.verdict = isReplayable ? 'other-version' : this.#end('body-spent');
      return;
    }
    if (!COME_AGAIN.has(head.status)) {
      attempt.verdict = this.#end('answered');
      return;
    }
    const askedMs = retryAfterMs({
      retryAfter: head.header('retry-after'),
      date: head.header('date'),
      now: this.#settings.timers.clock.now(),
    });
    attempt.verdict = this.#mayRepeat(askedMs ?? 0) ? 'again' : 'final';
  }

  /** Returns when the request is to be sent again; throws what the caller is given otherwise. */
  #judgeFailure(attempt: Attempting, error: unknown): void {
    if (this.#request.signal?.aborted === true) {
      this.#end('aborted');
      throw error;
    }
    if (attempt.stoppedBy === 'deadline') {
      this.#end('deadline');
      throw error;
    }
    const code =
      attempt.stoppedBy === 'try-timeout' ? 'no answer in time' : connectionFailure(error);
    this.#last = code ?? nameOf(error);
    if (code === null) this.#end('failed');
    if (code === null || !this.#mayRepeat(0)) throw error;
  }

  #mayRepeat(askedMs: number): boolean {
    const waitMs = this.#nextWait() + Math.min(askedMs, this.#settings.retryAfterMsMax);
    const stop = whyNotRepeat({
      isIdempotent: isIdempotent(this.#request.method) || this.#key !== null,
      isReplayable: this.#request.isReplayable,
      triesLeft: this.#triesMax - this.#tries,
      waitMs,
      leftMs: this.#leftMs(),
      spend: () => this.#settings.budget.spend(),
    });
    if (stop !== null) this.#end(stop);
    this.#waitMs = waitMs;
    return stop === null;
  }

  /** Jitter comes on top of what a server asked for: it asked all of its callers for the same. */
  #nextWait(): number {
    if (!this.#isFirstWait) this.#backoff = this.#backoff.next(undefined);
    this.#isFirstWait = false;
    return this.#backoff.duration;
  }

  #wait(): Promise<void> {
    const { signal } = this.#request;
    const waitMs = this.#waitMs;
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.#settings.timers.hold(waitMs, () => {
        signal?.removeEventListener('abort', abort);
        this.#waitedMs += waitMs;
        resolve();
      });
      if (signal?.aborted === true) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }

  #watchDeadline(): void {
    const leftMs = this.#leftMs();
    if (leftMs === Number.POSITIVE_INFINITY) return;
    if (leftMs <= 0) {
      this.#end('deadline');
      throw this.#deadlinePassed();
    }
    // It outlives the head of the answer: a body that never ends would otherwise hold the caller.
    this.#cancelDeadline = this.#settings.timers.clock.after(leftMs, () =>
      this.#attempt?.abort('deadline', this.#deadlinePassed()),
    );
  }

  #leftMs(): number {
    return this.#deadlineAtMs - this.#settings.timers.clock.monotonicMs();
  }

  #deadlinePassed(): Error {
    return fault('FW_CLIENT_DEADLINE', { ...this.#where(), tries: this.#sent, last: this.#last });
  }

  #where(): { method: string; origin: string } {
    return { method: this.#request.method, origin: this.#request.origin };
  }

  #over(isAnswered: boolean): void {
    this.#span?.ended({ tries: this.#sent, stop: this.#stop, isAnswered });
  }

  #end(stop: Stop): 'final' {
    this.#stop = stop;
    return 'final';
  }

  #file(given: unknown): void {
    fileReport(given, {
      ...this.#where(),
      tries: this.#sent,
      waitedMs: this.#waitedMs,
      last: this.#last,
      stop: this.#stop,
      action: actionFor(this.#stop),
      idempotencyKey: this.#key,
      askedVersion: this.#attempt?.version ?? null,
      answeredVersion: this.#answeredVersion,
    });
  }
}

function msUntilDeadline({ options }: CallRequest, { deadlineMs }: Settings): number {
  const own =
    options.deadlineMs === undefined
      ? deadlineMs
      : checkNumber('deadlineMs', options.deadlineMs, { min: 0 });
  return Math.min(
    own ?? Number.POSITIVE_INFINITY,
    options.deadline?.leftMs ?? Number.POSITIVE_INFINITY,
  );
}

/** The code or the name of something thrown. Its message may hold addresses or secrets. */
function nameOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  if (typeof code === 'string') return code;
  return typeof name === 'string' ? name : typeof error;
}
