import { type Answer, ROUTES, type StepRequest } from '@falsework/client/contract';
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { CallFailure, call } from '../state/call.ts';
import { useLive } from '../state/live.ts';
import { useSession } from '../state/session.ts';
import { commandOf, wordsOf } from '../view/request-plan.ts';
import { PlanView } from './plan-view.tsx';

type Plan = Answer<typeof ROUTES.decide>;

/** What is asked, what it would do, and what came of it. */
export function ActionDialog({
  migration,
  request,
  fields,
  onClose,
}: {
  readonly migration: string;
  readonly request: StepRequest;
  readonly fields: ((change: (request: StepRequest | null) => void) => ReactNode) | null;
  readonly onClose: () => void;
}): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const { isStale } = useLive();
  const [filled, setFilled] = useState<StepRequest | null>(fields ? null : request);
  const { plan, failure, isBusy, ask } = useDecision(migration);
  const { title, confirm } = wordsOf(filled ?? request);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    if (fields === null) void ask(request, false);
    // Once, when it opens: what is asked for without fields is known from the start.
  }, []);
  const isDone = plan?.isExecuted === true;
  const isRefused = plan !== null && plan.refusal !== null;
  const isPlanned = plan !== null && !isDone && !isRefused;
  return (
    <dialog ref={dialog} className="action" aria-labelledby="action-title" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (filled) void ask(filled, isPlanned);
        }}
      >
        <h2 id="action-title">
          {migration}: {title}
        </h2>
        {fields && plan === null ? (
          <div className="fields">{fields(setFilled)}</div>
        ) : (
          <PlanView plan={plan} failure={failure} isBusy={isBusy} />
        )}
        {fields && plan === null && failure ? <PlanFailure failure={failure} /> : null}
        {filled && !isDone ? (
          <p className="quiet command">
            The same, typed: <code>{commandOf(filled)}</code>
          </p>
        ) : null}
        {isStale ? (
          <p role="alert">Control was not heard lately: this may be out of date.</p>
        ) : null}
        <div className="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            {isDone || isRefused ? 'Close' : 'Cancel'}
          </button>
          {fields && plan === null ? (
            <button type="submit" className="act" disabled={filled === null || isBusy}>
              Show what it would do
            </button>
          ) : null}
          {isPlanned ? (
            <button type="submit" className="act confirm" disabled={isBusy} autoFocus>
              {confirm}
            </button>
          ) : null}
        </div>
      </form>
    </dialog>
  );
}

function PlanFailure({ failure }: { readonly failure: CallFailure }): ReactNode {
  return (
    <p role="alert">
      {failure.message} {failure.action}
    </p>
  );
}

/** Asks control to rehearse a request, and to take it. */
function useDecision(migration: string): {
  readonly plan: Plan | null;
  readonly failure: CallFailure | null;
  readonly isBusy: boolean;
  readonly ask: (request: StepRequest, execute: boolean) => Promise<void>;
} {
  const { name } = useSession();
  const [plan, setPlan] = useState<Plan | null>(null);
  const [failure, setFailure] = useState<CallFailure | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const ask = useCallback(
    async (request: StepRequest, execute: boolean) => {
      setIsBusy(true);
      setFailure(null);
      try {
        const body = { by: name, execute, request };
        setPlan(await call(ROUTES.decide, { params: { migration }, query: {}, body }));
      } catch (error) {
        if (!(error instanceof CallFailure)) throw error;
        setFailure(error);
      } finally {
        setIsBusy(false);
      }
    },
    [migration, name],
  );
  return { plan, failure, isBusy, ask };
}
