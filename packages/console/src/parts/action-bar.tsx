import type { MigrationStatus, StepRequest } from '@falsework/client/contract';
import type { ReactNode } from 'react';
import { ActButton } from './act.tsx';

const REASON_LENGTH_MAX = 500;

/** What a person can do with a migration besides retreating, which stands on every page. */
export function ActionBar({ status }: { readonly status: MigrationStatus }): ReactNode {
  const { name, next, hold } = status;
  const wantsApproval = next?.gates.some((gate) => gate.gate === 'approval') === true;
  return (
    <div className="actions" role="group" aria-label="Actions">
      {next ? (
        <ActButton migration={name} request={{ type: 'advance', to: null }}>
          Advance…
        </ActButton>
      ) : null}
      {next && wantsApproval ? (
        <ActButton migration={name} request={{ type: 'approve', for: next.stage }}>
          Approve {next.stage}…
        </ActButton>
      ) : null}
      {hold ? (
        <ActButton migration={name} request={{ type: 'resume' }}>
          Resume…
        </ActButton>
      ) : (
        <ActButton
          migration={name}
          request={{ type: 'hold', reason: '' }}
          fields={(change) => <HoldFields change={change} />}
        >
          Hold…
        </ActButton>
      )}
      <EarlierStages status={status} />
    </div>
  );
}

function HoldFields({
  change,
}: {
  readonly change: (request: StepRequest | null) => void;
}): ReactNode {
  return (
    <label>
      Why, for the log
      <input
        required
        autoFocus
        maxLength={REASON_LENGTH_MAX}
        onChange={({ target }) => {
          const reason = target.value.trim();
          change(reason === '' ? null : { type: 'hold', reason });
        }}
      />
    </label>
  );
}

/** Every earlier stage with its true cost, for whoever wants further back than the retreat goes. */
function EarlierStages({ status }: { readonly status: MigrationStatus }): ReactNode {
  if (status.undo.length === 0) return null;
  return (
    <details className="earlier">
      <summary>Go back to an earlier stage</summary>
      <ul>
        {status.undo.map(({ to, words }) => (
          <li key={to}>
            <ActButton
              migration={status.name}
              request={{ type: 'rollback', to, reason: 'asked for in the console' }}
            >
              {to}…
            </ActButton>
            <span className="quiet">{words}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
