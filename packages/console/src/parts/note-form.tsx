import { ROUTES, type WireCause } from '@falsework/client/contract';
import { type FormEvent, type ReactNode, useState } from 'react';
import { CallFailure, call } from '../state/call.ts';
import { useSession } from '../state/session.ts';

/**
 * Writes down what is known of a cause. Changes nothing that is decided, so it asks for no plan.
 */
export function NoteForm({
  migration,
  cause: { record, note },
}: {
  readonly migration: string;
  readonly cause: WireCause;
}): ReactNode {
  const { name, role } = useSession();
  const [said, setSaid] = useState('');
  if (role !== 'operator') return null;
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const owner = String(values.get('owner')).trim();
    const body = { by: name, owner: owner === '' ? null : owner, text: String(values.get('text')) };
    try {
      await call(ROUTES.note, { params: { migration, id: record.id }, query: {}, body });
      setSaid('Noted.');
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      setSaid(`${error.message} ${error.action}`);
    }
  };
  return (
    <details className="note">
      <summary>Write a note</summary>
      <form className="fields" onSubmit={(event) => void submit(event)}>
        <label>
          What is known
          <input name="text" required maxLength={500} defaultValue={note?.text ?? ''} />
        </label>
        <label>
          Who looks after it
          <input name="owner" maxLength={500} defaultValue={note?.owner ?? ''} />
        </label>
        <button type="submit">Keep the note</button>
        <p role="status">{said}</p>
      </form>
    </details>
  );
}
