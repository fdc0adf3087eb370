import { AssertionError } from 'node:assert';
import { differing } from '@falsework/core/evidence';
import type { PlaneSeam } from '../plane/plane-seam.ts';
import { allSeams, type RegisteredSeam, registered } from '../seam/registry.ts';
import type { SeamCause } from '../seam/report-data.ts';
import type { SeamReport } from '../seam/seam-report.ts';
import type { SeamHandle } from '../seam/types.ts';
import { mismatchText, type SeamMismatch } from './mismatch-text.ts';

/** What to look at. Anything else in it is left alone, such as the context of a test runner. */
export interface FailOnMismatchOptions {
  /** Only these seams; by default every one of the process. */
  readonly seams?: readonly SeamHandle[];
  /**
   * Fail as well when fewer calls than this were compared since the last look: a suite that
   * compares nothing proves nothing. 0 by default.
   */
  readonly comparedMin?: number;
}

// What was known at the last look, so that a difference fails the test in which it came up and no
// other. By where seams hand in what they see: a suite may define the same seam anew in each test.
const looks = new WeakMap<PlaneSeam, SeamReport>();

/**
 * Waits until everything that was sampled has been compared, and fails when a candidate differed
 * since the last look, failed alone, or did not answer in time. The error shows both sides, legacy
 * as expected; Vitest, Jest and `node:test` print them as a diff.
 *
 * Throws an `AssertionError`.
 *
 * ```ts
 * import { failOnMismatch } from '@falsework/seam/testing';
 * import { afterEach } from 'vitest';
 *
 * afterEach(failOnMismatch);
 * ```
 */
export async function failOnMismatch(options: FailOnMismatchOptions = {}): Promise<void> {
  // A test runner may call this with nothing, or with `null`.
  const { seams, comparedMin = 0 } = options ?? {};
  const looked = seams === undefined ? allSeams() : seams.flatMap((each) => registered(each) ?? []);
  await Promise.all(looked.map(async (each) => each.settled()));
  // Two seams of one name see together what either sees.
  const sources = new Map(looked.map((each) => [each.source(), each]));
  const mismatches = [...sources.values()].map((each) => sinceLastLook(each));
  const failing = mismatches.filter(isFailing);
  const compared = mismatches.reduce((sum, each) => sum + each.compared, 0);
  if (failing.length === 0 && compared >= comparedMin) return;
  const tooFew = failing.length > 0 ? null : { compared, comparedMin };
  throw new AssertionError({
    message: mismatchText(failing, tooFew),
    expected: sides(failing, 'legacy'),
    actual: sides(failing, 'candidate'),
    operator: 'failOnMismatch',
    stackStartFn: failOnMismatch,
  });
}

function sinceLastLook(seam: RegisteredSeam): SeamMismatch {
  const report = seam.report();
  const source = seam.source();
  const before = looks.get(source);
  looks.set(source, report);
  const since = (countOf: (report: SeamReport) => number): number =>
    countOf(report) - (before === undefined ? 0 : countOf(before));
  const known = new Map(before?.causes.map(({ id, count }) => [id, count]));
  const fresh = ({ id, count }: SeamCause): number => count - (known.get(id) ?? 0);
  return {
    seam: report.seam,
    compared: since((each) => each.compared),
    differing: since((each) => differing(each.verdicts)),
    timedOut: since((each) => each.verdicts.timeout),
    causes: report.causes
      .filter((cause) => fresh(cause) > 0)
      .map((cause) => ({ ...cause, count: fresh(cause) })),
  };
}

function isFailing({ differing: different, timedOut }: SeamMismatch): boolean {
  return different > 0 || timedOut > 0;
}

/** One side of everything that differs, as a test runner lays it beside the other. */
function sides(mismatches: readonly SeamMismatch[], side: 'legacy' | 'candidate') {
  return Object.fromEntries(
    mismatches.map(({ seam, causes }) => [
      seam,
      Object.fromEntries(causes.map((cause) => [cause.template, cause[side]])),
    ]),
  );
}
