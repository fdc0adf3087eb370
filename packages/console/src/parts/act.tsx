import type { MigrationStatus, StepRequest } from '@falsework/client/contract';
import { type ReactNode, useId, useState } from 'react';
import { useSession } from '../state/session.ts';
import { retreatOf } from '../view/retreat.ts';
import { ActionDialog } from './action-dialog.tsx';

const VIEWERS = 'Your token is a viewer’s; acting needs an operator’s.';

/** A button that shows what a request would do, and does it when that is confirmed. */
export function ActButton({
  migration,
  request,
  className = '',
  children,
  fields,
}: {
  readonly migration: string;
  /** What is asked for; with `fields`, what it is asked for once they are filled in. */
  readonly request: StepRequest;
  readonly className?: string;
  readonly children: ReactNode;
  /** What has to be filled in first; hands back the request, or `null` while it is incomplete. */
  readonly fields?: (change: (request: StepRequest | null) => void) => ReactNode;
}): ReactNode {
  const { role } = useSession();
  const [isOpen, setIsOpen] = useState(false);
  const why = useId();
  const isAllowed = role === 'operator';
  return (
    <>
      <button
        type="button"
        className={`act ${className}`}
        disabled={!isAllowed}
        title={isAllowed ? undefined : VIEWERS}
        aria-describedby={isAllowed ? undefined : why}
        onClick={() => setIsOpen(true)}
      >
        {children}
      </button>
      {isAllowed ? null : (
        <span id={why} className="hidden">
          {VIEWERS}
        </span>
      )}
      {isOpen ? (
        <ActionDialog
          migration={migration}
          request={request}
          fields={fields ?? null}
          onClose={() => setIsOpen(false)}
        />
      ) : null}
    </>
  );
}

/** The way back, on every page. It asks for nothing but a yes to what it names. */
export function RetreatButton({ status }: { readonly status: MigrationStatus }): ReactNode {
  const retreat = retreatOf(status);
  if (retreat === null) {
    const words = status.stage === 'strike' ? 'legacy is deleted' : 'legacy serves everybody';
    return <span className="quiet retreat-none">{words}</span>;
  }
  const request = { type: 'rollback', to: retreat.to, reason: 'asked for in the console' } as const;
  return (
    <ActButton migration={status.name} request={request} className="retreat">
      Retreat to {retreat.to}
    </ActButton>
  );
}
