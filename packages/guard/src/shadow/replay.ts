import type { Comparator } from '@falsework/core/compare';
import type { StoredRequest } from '@falsework/core/evidence';
import { compileRedaction } from '@falsework/core/redact';
import type { Side } from '@falsework/core/routing';
import { createRedactor, type Judgement, type Outcome } from '@falsework/seam/engine';
import { Agent, request as ask, type Dispatcher } from 'undici';
import { compareOutcomes } from '../compare/compare-outcomes.ts';
import { readPem } from '../http/certificate.ts';
import { reachOf } from '../sides/reach.ts';
import { failureOf, failureOfStatus, TIMED_OUT } from '../sides/side-failure.ts';
import type { SideSettings } from '../sides/side-settings.ts';
import { type Body, decodeBody } from './decode-body.ts';
import { type ComparedAnswer, headerOf } from './http-answer.ts';

/** Whom to ask again, and how to compare. */
export interface ReplayOptions {
  /** Origins, as a guard takes them. */
  readonly legacy: string;
  readonly candidate: string;
  /** The name of the route: causes are told apart by it. */
  readonly seam: string;
  readonly comparator: Comparator;
  /** Lower-case names of compared response headers. */
  readonly headers: readonly string[];
  readonly maxBodyBytes: number;
  readonly timeoutMs: number;
  /** How each side is reached, as a guard takes it. */
  readonly sides?: Partial<Readonly<Record<Side, SideSettings>>>;
  /** What is taken out of examples, as JSONPaths and names of members. */
  readonly redact?: readonly string[];
}

/**
 * Asks both services a stored request again and compares their answers as a guard does: status,
 * chosen headers, body. Its findings bear the ids under which a guard would report them. Never
 * rejects: a side that does not answer is an outcome like any other, and `incomplete` says that
 * neither did.
 *
 * ```ts
 * const judgement = await replay(pair.request, { ...guard, seam: pair.seam, comparator });
 * const isStillThere = judgement.findings.some((finding) => finding.id === '7b41c0d2a9e3f516');
 * ```
 */
export async function replay(request: StoredRequest, options: ReplayOptions): Promise<Judgement> {
  const [legacy, candidate] = await Promise.all([
    answerOf('legacy', request, options),
    answerOf('candidate', request, options),
  ]);
  // Two services that are down are alike, and prove nothing.
  if (!legacy.ok && !candidate.ok) return { result: 'incomplete', findings: [] };
  const { seam, comparator, headers, redact = [] } = options;
  // Numbered, like all that is shown of one pair: then the salt is never used.
  const redactor = createRedactor({ salt: seam }).forPair(compileRedaction(redact));
  return compareOutcomes(legacy, candidate, { seam, comparator, headers, redactor });
}

async function answerOf(
  side: Side,
  { method, target, headers }: StoredRequest,
  { timeoutMs, maxBodyBytes, sides, ...origins }: ReplayOptions,
): Promise<Outcome<ComparedAnswer>> {
  const signal = AbortSignal.timeout(timeoutMs);
  const { ca, verify = true } = sides?.[side] ?? {};
  const { url, connect } = reachOf(origins[side], { ca: ca ? readPem(ca) : null, verify });
  const dispatcher = new Agent({ connect });
  let hasBegun = false;
  try {
    const response = await ask(`${url}${target}`, {
      dispatcher,
      method: method as Dispatcher.HttpMethod,
      headers: Object.fromEntries(headers),
      signal,
    });
    hasBegun = true;
    const failure = failureOfStatus(response.statusCode);
    const answer = { status: response.statusCode, headers: response.headers };
    const body = await bodyOf(response, maxBodyBytes);
    if (failure !== null) return { ok: false, error: failure, tookMs: 0 };
    return { ok: true, value: { ...answer, body }, tookMs: 0 };
  } catch (error) {
    const failure = signal.aborted ? TIMED_OUT : failureOf(error as Error, hasBegun);
    return { ok: false, error: failure, tookMs: 0 };
  } finally {
    void dispatcher.destroy();
  }
}

async function bodyOf(
  { body, headers }: Pick<Dispatcher.ResponseData, 'body' | 'headers'>,
  bytesMax: number,
): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop ends the response.
    if (bytes > bytesMax) return { kind: 'too-large' };
    chunks.push(chunk);
  }
  const encoding = headerOf({ headers }, 'content-encoding');
  return decodeBody(Buffer.concat(chunks, bytes), encoding, bytesMax);
}
