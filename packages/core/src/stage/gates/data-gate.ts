import type { DataEvidence } from '../../evidence/data-evidence.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Instant } from '../../ports/clock.ts';
import { formatDuration } from '../../text/format.ts';
import type { Gate, GateName } from '../gate.ts';
import { fail, hold, invalid, pass } from './verdicts.ts';

/** What the data side shows for one gate; `null` when it was not measured. */
export type Shown =
  | { readonly detail: string; readonly is: 'pass' }
  | { readonly detail: string; readonly is: 'hold' | 'fail' | 'invalid'; readonly needs: string }
  | null;

/** What a judge may look at beside the evidence. */
export interface At {
  readonly policy: Policy;
  readonly now: Instant;
}

/** What a gate on the data side is called, and how it is told when nothing was measured. */
export interface DataGateRow {
  readonly gate: GateName;
  readonly title: string;
  /** What brings the evidence about. */
  readonly source: string;
}

/**
 * A gate on the data side. It is invalid, whatever it is about, while the data side reports nothing
 * and as soon as it has fallen silent: what was true then may not be any more.
 */
export function dataGate(
  { gate, title, source }: DataGateRow,
  judge: (data: DataEvidence, at: At) => Shown,
): Gate {
  return ({ evidence: { data }, policy, now }) => {
    if (data === null) return invalid(gate, { title, detail: 'the data side is silent' }, source);
    const silentMs = now - data.reportedAt;
    if (silentMs > policy.staleAfterMs) {
      const detail = `the data side has been silent for ${formatDuration(silentMs)}`;
      return invalid(gate, { title, detail }, 'the data side running: `falsework data start`');
    }
    const shown = judge(data, { policy, now });
    if (shown === null) return invalid(gate, { title, detail: 'not measured' }, source);
    const said = { title, detail: shown.detail };
    switch (shown.is) {
      case 'pass':
        return pass(gate, said);
      case 'hold':
        return hold(gate, said, shown.needs);
      case 'fail':
        return fail(gate, said, shown.needs);
      case 'invalid':
        return invalid(gate, said, shown.needs);
    }
  };
}

/** The gate passes. */
export const passed = (detail: string): Shown => ({ detail, is: 'pass' });

/** Passes when nothing is needed, and holds otherwise. */
export const unless = (needs: string | null, detail: string): Shown =>
  needs === null ? { detail, is: 'pass' } : { detail, is: 'hold', needs };

/**
 * How old a measurement with a time of its own may be. A whole comparison of large tables takes
 * hours, so a minute would never do; a quarter of the burn-in makes every burn-in at least four of
 * them.
 */
export function measuredAgeMaxMs({ burnInMs, staleAfterMs }: Policy): number {
  return Math.max(staleAfterMs, burnInMs / 4);
}
