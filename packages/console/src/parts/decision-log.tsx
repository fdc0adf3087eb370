import type { DecisionLine } from '@falsework/client/contract';
import { decidedWords } from '@falsework/client/words';
import { formatCount } from '@falsework/core/text';
import type { ReactNode } from 'react';
import { GateList } from './gate-list.tsx';
import { Moment, Words } from './words.tsx';

/** Everything that was decided, the latest first, each with the evidence that it rested on. */
export function DecisionLog({
  decisions,
}: {
  readonly decisions: readonly DecisionLine[];
}): ReactNode {
  return (
    <ol className="log" aria-label="Decisions, the latest first">
      {decisions.toReversed().map((decision) => (
        <li key={decision.sequence} className={`action-${decision.action}`}>
          <details>
            <summary>
              <span className="sequence">{decision.sequence}</span>
              <Moment at={decision.at} />
              <span className="by">{decision.by}</span>
              <span className="because">
                <Words>{decision.because}</Words>
              </span>
            </summary>
            <p>
              {decision.action} · {decidedWords(decision)}
              {decision.comparisons === null
                ? ' · it rested on no comparisons'
                : ` · it rested on ${formatCount(decision.comparisons)} comparisons of its step, of which ${formatCount(decision.differing ?? 0)} differed`}
            </p>
            <GateList gates={decision.gates} />
          </details>
        </li>
      ))}
    </ol>
  );
}
