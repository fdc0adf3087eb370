import type { Instant } from '../../ports/clock.ts';
import { formatCounted, formatDuration, formatList } from '../../text/format.ts';
import type { Gate, GateName, GateResult } from '../gate.ts';
import { hold, pass } from './verdicts.ts';

function lasted(
  gate: GateName,
  title: string,
  { since, now, neededMs }: { since: Instant; now: Instant; neededMs: number },
): GateResult {
  const passedMs = Math.max(0, now - since);
  const detail = `${formatDuration(Math.min(passedMs, neededMs))} of ${formatDuration(neededMs)}`;
  if (passedMs >= neededMs) return pass(gate, { title, detail });
  return hold(gate, { title, detail }, `${formatDuration(neededMs - passedMs)} more`);
}

/** The shadow has seen a whole cycle of the business since the epoch began. */
export const soak: Gate = ({ state, policy, now }) =>
  lasted('soak', 'shadowed for a whole cycle', {
    since: Math.max(state.stageSince, state.epoch.openedAt),
    now,
    neededMs: policy.soakMs,
  });

/** The present share was held for long enough. */
export const rampHold: Gate = ({ state, policy, now }) =>
  lasted('ramp-hold', 'this share was held', {
    since: state.stepSince,
    now,
    neededMs: policy.ramp.holdMs,
  });

/** All reads are served by the candidate. */
export const fullShare: Gate = ({ state }) => {
  const title = 'candidate serves 100 %';
  const detail = `${state.share.percent} %`;
  if (state.share.percent === 100) return pass('full-share', { title, detail });
  return hold('full-share', { title, detail }, 'the rest of the ramp');
};

/** 100 % has lasted long enough to see what only shows over time. */
export const burnIn: Gate = ({ state, policy, now }) =>
  lasted('burn-in', 'burned in at the present share', {
    since: state.stepSince,
    now,
    neededMs: policy.burnInMs,
  });

/** Going back was really done once in this migration: an undo that was never tried is a hope. */
export const rollbackRehearsed: Gate = ({ state, now }) => {
  const title = 'rollback was exercised';
  if (state.rolledBackAt !== null) {
    const ago = formatDuration(now - state.rolledBackAt);
    return pass('rollback-rehearsed', { title, detail: `${ago} ago` });
  }
  const needs =
    'one real rollback, for example `falsework rollback shadow`, and the way forward again';
  return hold('rollback-rehearsed', { title, detail: 'never' }, needs);
};

/** Enough different people said yes to the stage that is to be entered. */
export const approval: Gate = ({ state, policy, target }) => {
  const needed = policy.approvals[target] ?? 1;
  const names = [...new Set(state.approvals.filter((a) => a.for === target).map((a) => a.by))];
  const title = `approved by ${formatCounted(needed, 'name')}`;
  const detail = names.length === 0 ? 'nobody yet' : formatList(names);
  if (names.length >= needed) return pass('approval', { title, detail });
  const missing = formatCounted(needed - names.length, 'more name');
  return hold('approval', { title, detail }, `${missing}: \`falsework approve ${target}\``);
};
