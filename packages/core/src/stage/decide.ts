import { accept, expire, reopen } from './acceptances.ts';
import { changeEpoch, dangerOf, retreat, rollBack } from './backward.ts';
import type { DecisionInput, Outcome } from './decision.ts';
import type { MigrationEvent } from './event.ts';
import { stepForward } from './forward.ts';
import { kickOff } from './kickoff.ts';
import { approve, putOnHold, resume } from './people.ts';
import { refuse } from './refusal.ts';
import type { MigrationState } from './state.ts';

/**
 * The only function that changes where a migration stands. Pure: time, evidence and policy come in;
 * the new state, its line in the log and the effects come out, or a refusal that names what is
 * missing. It performs nothing.
 *
 * ```ts
 * const outcome = decide(state, { type: 'advance', by: 'ada', to: 'shift' }, { now, evidence, policy });
 * if ('refused' in outcome) for (const gate of outcome.refused.missing) console.log(gate.needs);
 * ```
 */
export function decide(
  state: MigrationState | null,
  event: MigrationEvent,
  input: DecisionInput,
): Outcome {
  if (event.type === 'kickoff') return kickOff(state, event, input);
  if (state === null) {
    return refuse('not-started', 'There is no such migration.', 'Start it: `falsework up`.');
  }
  switch (event.type) {
    case 'tick': {
      const danger = dangerOf(state, input);
      if (danger !== null) return retreat(state, event, danger, input);
      return expire(state, event, input) ?? stepForward(state, event, input);
    }
    case 'advance':
      return stepForward(state, event, input);
    case 'approve':
      return approve(state, event, input);
    case 'hold':
      return putOnHold(state, event, input);
    case 'resume':
      return resume(state, event, input);
    case 'accept':
      return accept(state, event, input);
    case 'reopen':
      return reopen(state, event, input);
    case 'rollback':
      return rollBack(state, event, input);
    case 'retreat':
      return retreat(state, event, `plane ${event.plane}: ${event.because}`, input);
    case 'epoch':
      return changeEpoch(state, event, input);
  }
}
