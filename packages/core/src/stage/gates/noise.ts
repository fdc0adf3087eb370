import { rateInterval } from '../../evidence/interval.ts';
import type { NoisyPath } from '../../evidence/view.ts';
import { formatCount, formatRate } from '../../text/format.ts';
import type { Gate, GateInput, GateResult } from '../gate.ts';
import { alphaOf, type JudgedStratum, judgedStrata } from './strata.ts';
import { fail, pass, worstOf } from './verdicts.ts';

// A claim cannot be tested through noise of its own size: legacy may differ from itself on a
// quarter of what the candidate is allowed (EVIDENCE D4).
const NOISE_SHARE_MAX = 1 / 4;

/**
 * Legacy agrees with itself well enough for the claim to be testable at all. Noise that nobody has
 * seen is no obstacle: it would only count against the candidate.
 */
export const noise: Gate = (input) => {
  const rateMax = input.policy.mismatch.rateMax * NOISE_SHARE_MAX;
  const title = `legacy differs from itself on less than ${formatRate(rateMax)}`;
  const results = judgedStrata(input).map((stratum) => judged(input, stratum, rateMax, title));
  return worstOf(results) ?? pass('noise', { title, detail: 'nothing seen' });
};

function judged(
  input: GateInput,
  { name, counts, view }: JudgedStratum,
  rateMax: number,
  title: string,
): GateResult {
  const { pairs, noisy } = counts.noise;
  const detail = `${name}: ${formatCount(noisy)} of ${formatCount(pairs)} runs of legacy against itself differ`;
  const { low } = rateInterval({ trials: pairs, hits: noisy }, rateMax, alphaOf(input));
  if (low <= rateMax) return pass('noise', { title, detail });
  const paths = input.evidence.noise.filter((path) => path.seam === view.seam);
  return fail('noise', { title, detail }, `rules for ${pathWords(paths)}`);
}

function pathWords(paths: readonly NoisyPath[]): string {
  if (paths.length === 0) return 'its noisy paths, see `falsework diffs --noise`';
  return paths.map(({ template, rule }) => (rule ? `${template} (${rule})` : template)).join(', ');
}
