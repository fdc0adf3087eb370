import type { WritesStanding } from '../../evidence/writes-standing.ts';
import { formatCounted, formatDuration, formatList } from '../../text/format.ts';
import type { Gate } from '../gate.ts';
import { fail, hold, invalid, pass } from './verdicts.ts';

// As for the drain of the data side: what is further behind is not keeping up.
const LAG_MS_MAX = 5_000;

const GATE = 'writes-settled';
const TITLE = 'no write needs a person';

/**
 * Every write that a guard keeps for two stores is on both, or on its way: none that the follower
 * did not take, none of which nobody knows whether the authority has it, and no route whose
 * candidate carried out what was to be a dry run.
 */
export const writesSettled: Gate = ({ evidence: { writes = [] }, policy, now }) => {
  const silent = writes.filter((one) => isOpen(one) && now - one.at > policy.staleAfterMs);
  const needs = [...needsOf(writes)];
  const said = { title: TITLE, detail: detailOf(writes) };
  if (needs.length > 0) return fail(GATE, said, `${needs.join('; ')}: \`falsework writes\``);
  const [first] = silent;
  if (first !== undefined) {
    const detail = `its guard is silent for ${formatDuration(now - first.at)} with writes open`;
    return invalid(GATE, { title: TITLE, detail }, `the guard of journal ${first.journal} running`);
  }
  const lagMs = Math.max(0, ...writes.map((one) => one.lagMs));
  if (lagMs > LAG_MS_MAX) return hold(GATE, said, 'the follower to catch up');
  return pass(GATE, said);
};

function* needsOf(writes: readonly WritesStanding[]): Generator<string> {
  const dead = total(writes, (one) => one.dead);
  const listed = total(writes, (one) => one.listed);
  const stopped = [...new Set(writes.flatMap((one) => one.stopped.map(({ route }) => route)))];
  if (dead > 0) yield `${formatCounted(dead, 'write')} that the follower did not take settled`;
  if (listed > 0) {
    yield `${formatCounted(listed, 'write')} looked up of which nobody knows whether the authority has them`;
  }
  if (stopped.length > 0) {
    yield `the candidate to honour dry runs of ${formatList(stopped, 3)}, and its shadows resumed`;
  }
}

function detailOf(writes: readonly WritesStanding[]): string {
  const stopped = total(writes, (one) => one.stopped.length);
  const parts = [
    `${total(writes, (one) => one.dead)} dead`,
    `${total(writes, (one) => one.listed)} listed`,
    `${total(writes, (one) => one.ready)} on the way`,
    ...(stopped === 0 ? [] : [`shadows of ${formatCounted(stopped, 'route')} stopped`]),
  ];
  return parts.join(', ');
}

/** A journal that was empty when its guard fell silent holds nothing back. */
function isOpen({ ready, inDoubt, dead, listed }: WritesStanding): boolean {
  return ready + inDoubt + dead + listed > 0;
}

function total(writes: readonly WritesStanding[], count: (one: WritesStanding) => number): number {
  return writes.reduce((sum, one) => sum + count(one), 0);
}
