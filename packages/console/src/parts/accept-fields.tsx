import type { StepRequest, WireCause } from '@falsework/client/contract';
import { type ReactNode, useState } from 'react';
import { useSession } from '../state/session.ts';
import { acceptRequest } from '../view/accept-request.ts';
import { ActButton } from './act.tsx';

/** Somebody answers for a cause until a date, or renews that. */
export function AcceptButton({
  migration,
  cause: { record, acceptance },
}: {
  readonly migration: string;
  readonly cause: WireCause;
}): ReactNode {
  const empty = { type: 'accept', id: record.id, owner: '', reason: '', expiresAt: 0 } as const;
  return (
    <ActButton
      migration={migration}
      request={empty}
      fields={(change) => (
        <AcceptFields id={record.id} reason={acceptance?.reason ?? ''} change={change} />
      )}
    >
      {acceptance ? 'Renew the acceptance…' : 'Accept it…'}
    </ActButton>
  );
}

function AcceptFields({
  id,
  reason,
  change,
}: {
  readonly id: string;
  readonly reason: string;
  readonly change: (request: StepRequest | null) => void;
}): ReactNode {
  const { name } = useSession();
  const [filled, setFilled] = useState({ owner: name, reason, until: '' });
  const set = (values: Partial<typeof filled>): void => {
    const next = { ...filled, ...values };
    setFilled(next);
    change(acceptRequest(id, next));
  };
  return (
    <>
      <p className="quiet">
        It acts forward only: the evidence starts again, and whoever is served by the candidate
        stays there. A difference of another shape is not covered. No acceptance lasts for more than
        a year: what is meant for good is a rule.
      </p>
      <label>
        Who answers for it
        <input
          required
          value={filled.owner}
          onChange={({ target }) => set({ owner: target.value })}
        />
      </label>
      <label>
        Why the difference is all right
        <input
          required
          autoFocus
          maxLength={500}
          value={filled.reason}
          onChange={({ target }) => set({ reason: target.value })}
        />
      </label>
      <label>
        Until (it counts again then)
        <input
          type="date"
          required
          value={filled.until}
          onChange={({ target }) => set({ until: target.value })}
        />
      </label>
    </>
  );
}
