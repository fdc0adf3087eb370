import type { Answer, ROUTES, WireRefusal } from '@falsework/client/contract';
import { decidedWords } from '@falsework/client/words';
import type { ReactNode } from 'react';
import type { CallFailure } from '../state/call.ts';
import { GateList } from './gate-list.tsx';
import { Words } from './words.tsx';

type Plan = Answer<typeof ROUTES.decide>;

/** The plan of a step, its refusal, or what became of it: what the command line says, drawn. */
export function PlanView({
  plan,
  failure,
  isBusy,
}: {
  readonly plan: Plan | null;
  readonly failure: CallFailure | null;
  readonly isBusy: boolean;
}): ReactNode {
  return (
    <div className="plan" aria-live="polite" aria-busy={isBusy}>
      {failure ? (
        <p role="alert">
          {failure.message} {failure.action}
        </p>
      ) : null}
      {plan?.refusal ? <Refused refusal={plan.refusal} /> : null}
      {plan?.decision ? <Decided plan={plan} decision={plan.decision} /> : null}
      {plan === null && failure === null ? <p className="quiet">Asking control…</p> : null}
    </div>
  );
}

function Refused({ refusal }: { readonly refusal: WireRefusal }): ReactNode {
  return (
    <>
      <p role="alert">
        <strong className="bad">refused</strong> <Words>{refusal.message}</Words>
      </p>
      <GateList gates={refusal.missing} />
      <p>
        <Words>{refusal.action}</Words>
      </p>
    </>
  );
}

function Decided({
  plan: { isExecuted, costs, undo },
  decision,
}: {
  readonly plan: Plan;
  readonly decision: NonNullable<Plan['decision']>;
}): ReactNode {
  return (
    <>
      <p role={isExecuted ? 'status' : undefined}>
        <strong className={isExecuted ? 'good' : ''}>{isExecuted ? 'done' : 'plan'}</strong>{' '}
        <Words>{decision.because}</Words>
        {isExecuted ? ` (decision ${decision.sequence}).` : '.'}
      </p>
      <dl className="facts">
        <dt>{isExecuted ? 'stands in' : 'would stand in'}</dt>
        <dd>{decidedWords(decision)}</dd>
        {costs === null ? null : (
          <>
            <dt>costs</dt>
            <dd>{costs}</dd>
          </>
        )}
        <dt>undo</dt>
        <dd>
          <Words>{undo}</Words>
        </dd>
      </dl>
      <GateList gates={decision.gates} />
      {isExecuted ? null : <p className="quiet">Nothing was changed yet.</p>}
    </>
  );
}
