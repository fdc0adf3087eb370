import type { EvidenceView } from '@falsework/core/evidence';
import type { NoticeCondition, Policy } from '@falsework/core/policy';
import type { Instant } from '@falsework/core/ports';
import {
  type GateName,
  type GateResult,
  isBefore,
  type MigrationState,
  type NextStep,
  nextStep,
} from '@falsework/core/stage';
import { formatCounted, formatDuration, formatList } from '@falsework/core/text';

/** What conditions are read off. */
export interface Look {
  readonly state: MigrationState;
  readonly evidence: EvidenceView;
  readonly policy: Policy;
  readonly now: Instant;
}

const DAY_MS = 86_400_000;
// These have conditions of their own.
const OF_ANSWERS: ReadonlySet<GateName> = new Set(['mismatch', 'critical']);
// What is left when everything is proven: a person's word, and the switch that follows it.
const OF_PEOPLE: ReadonlySet<GateName> = new Set(['approval', 'authority-moved']);

type Words = (look: Look, next: NextStep | null) => string | null;

/**
 * What holds now, in words, for every condition that does. Pure. Words count and name routes,
 * strata and gates; they never quote what a caller or a row said.
 */
export function conditionsOf(look: Look): ReadonlyMap<NoticeCondition, string> {
  const { state, evidence, policy, now } = look;
  const next = nextStep(state, { now, evidence, policy });
  const said = Object.entries(CONDITIONS).flatMap(([kind, words]) => {
    const text = words(look, next);
    return text === null ? [] : [[kind as NoticeCondition, text] as const];
  });
  return new Map(said);
}

const CONDITIONS: Readonly<Record<NoticeCondition, Words>> = {
  mismatch: (_, next) => {
    const refused = refusing(next).filter(({ gate }) => OF_ANSWERS.has(gate));
    const words = refused.map(({ title, detail }) => `${title}: ${detail}`);
    return words.length === 0 ? null : words.join('; ');
  },

  gate: (_, next) => {
    // Titles only: the details of some quote what a health check or a database said.
    const refused = refusing(next).filter(({ gate }) => !OF_ANSWERS.has(gate));
    return refused.length === 0 ? null : `not so: ${formatList(refused.map(({ title }) => title))}`;
  },

  interlock: ({ evidence: { writes = [] } }) => {
    const stopped = writes.flatMap(({ stopped: routes }) => routes.map(({ route }) => route));
    return stopped.length === 0 ? null : `stopped: ${formatList([...new Set(stopped)])}`;
  },

  divergence: ({ state, evidence: { data } }) => {
    // Up to reconcile the stores are only becoming equal; to find what differs is its work.
    const rows = data?.divergence?.rows ?? 0;
    if (rows === 0 || isBefore(state.stage, 'shadow')) return null;
    return `${formatCounted(rows, 'row')} differ; the burn-in starts again when they are repaired`;
  },

  'dead-letters': ({ evidence: { data, writes = [] } }) => {
    const rows = data?.drain?.deadLetters ?? 0;
    const debts = writes.reduce((sum, { dead, listed }) => sum + dead + listed, 0);
    const parts = [
      ...(rows > 0 ? [`${formatCounted(rows, 'row')} refused by the follower`] : []),
      ...(debts > 0 ? [`${formatCounted(debts, 'write')} of a guard's journal`] : []),
    ];
    return parts.length === 0 ? null : parts.join(', ');
  },

  'reverse-feed': ({ state, evidence: { data } }) => {
    // From seal on nothing is fed back, by design.
    if (data?.authority !== 'candidate' || !isBefore(state.stage, 'seal')) return null;
    if (data.reverse === null) return 'the reverse feed is not reported';
    // Why is in the console: the words of a database may quote a row.
    return data.reverse.deadBecause === null ? null : 'the reverse feed is dead';
  },

  overrun: ({ state, now }) => {
    if (now < state.deleteBy || state.stage === 'strike') return null;
    const days = Math.floor((now - state.deleteBy) / DAY_MS) + 1;
    return `${formatCounted(days, 'day')} over, in \`${state.stage}\`; ${state.owner} owns it`;
  },

  stale: ({ state, evidence: { planes, data }, policy: { staleAfterMs }, now }) => {
    if (state.stage === 'strike') return null;
    const silent: string[] = [];
    const plane = Math.max(...planes.map(({ seenAt }) => seenAt));
    if (planes.length > 0 && now - plane > staleAfterMs) {
      silent.push(`no plane has reported for ${formatDuration(now - plane)}`);
    }
    const hears = state.topology === 'separate' && isBefore(state.stage, 'seal');
    if (hears && data !== null && now - data.reportedAt > staleAfterMs) {
      silent.push(`the data side is silent for ${formatDuration(now - data.reportedAt)}`);
    }
    return silent.length === 0 ? null : silent.join(', ');
  },

  approval: ({ state, policy }, next) => {
    if (next === null || state.hold !== null) return null;
    if (policy.automatic.includes(next.to.stage)) return null;
    const open = next.gates.filter(({ status }) => status !== 'pass');
    if (!open.every(({ gate }) => OF_PEOPLE.has(gate))) return null;
    const needs = open.find(({ gate }) => gate === 'approval')?.needs;
    const proven = `everything else before \`${next.to.stage}\` is proven`;
    return needs ? `${proven}; ${needs}` : `${proven}: \`falsework advance\``;
  },
};

function refusing(next: NextStep | null): GateResult[] {
  return next?.gates.filter(({ status }) => status === 'fail') ?? [];
}
