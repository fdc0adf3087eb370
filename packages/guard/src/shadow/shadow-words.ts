import { NotCompared } from '@falsework/seam/engine';
import { DRY_RUN_HEADER } from '../writes/dry-run-interlock.ts';
import type { DryRun } from '../writes/interlocks.ts';
import type { HttpAnswer } from './http-answer.ts';
import { headerOf } from './http-answer.ts';
import type { ShadowLane } from './shadow-lane.ts';

/** A request of legacy's callers as the candidate is asked it. */
export interface PutToCandidate {
  readonly path: string;
  readonly headers: string[];
  /** `null` where its route is a read. */
  readonly dryRun: DryRun | null;
}

/**
 * Puts a request in the candidate's words: with its own identifiers, and as a dry run where it is a
 * write. Throws NotCompared where that cannot be done: an identifier that is not known would name
 * another thing, and a route that was stopped is asked nothing.
 */
export function putToCandidate(
  { context, seam, settings }: ShadowLane,
  asked: { readonly path: string; readonly headers: string[] },
): PutToCandidate {
  const { follow } = context;
  if (follow === null) return { ...asked, dryRun: null };
  const path = follow.writes.dialect.pathToCandidate(seam.name, asked.path);
  if (!path.ok) throw new NotCompared('incomplete');
  if (!settings.isDryRun) return { path: path.path, headers: asked.headers, dryRun: null };
  const dryRun = follow.interlocks.begin(seam.name);
  if (dryRun === null) throw new NotCompared('stopped');
  return { path: path.path, headers: [...asked.headers, ...dryRun.headers], dryRun };
}

/** Throws NotCompared when the candidate does not say that it has left the write undone. */
export function assertUndone(dryRun: DryRun | null, answer: HttpAnswer | null): void {
  if (dryRun === null || answer === null) return;
  if (!dryRun.answered(headerOf(answer, HEADER))) throw new NotCompared('stopped');
}

const HEADER = DRY_RUN_HEADER.toLowerCase();

/** Puts the candidate's answer in legacy's words, for comparing. */
export function putToLegacy({ context, seam }: ShadowLane, answer: HttpAnswer): void {
  if (context.follow === null || answer.body?.kind !== 'whole') return;
  const { bytes } = answer.body;
  const said = context.follow.writes.dialect.answerToLegacy(seam.name, bytes);
  if (said !== bytes) answer.body = { kind: 'whole', bytes: Buffer.from(said) };
}
