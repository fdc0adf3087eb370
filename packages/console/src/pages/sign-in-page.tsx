import { type FormEvent, type ReactNode, useState } from 'react';
import type { CallFailure } from '../state/call.ts';

const NAME_LENGTH_MAX = 100;

/** The way in: a token, and the name under which decisions are written down. */
export function SignInPage({
  failure,
  signIn,
}: {
  readonly failure: CallFailure | null;
  readonly signIn: (token: string, name: string | null) => Promise<void>;
}): ReactNode {
  const [isBusy, setIsBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const [token, name] = [String(values.get('token')).trim(), String(values.get('name')).trim()];
    setIsBusy(true);
    await signIn(token, name === '' ? null : name);
    setIsBusy(false);
  };
  return (
    <main className="page sign-in">
      <h1>Falsework</h1>
      <p className="quiet">See why, decide, undo.</p>
      <form onSubmit={(event) => void submit(event)}>
        <label>
          Token
          <input
            name="token"
            type="password"
            required
            autoFocus
            autoComplete="current-password"
            spellCheck={false}
          />
        </label>
        <label>
          Your name, for the log
          <input name="name" autoComplete="username" maxLength={NAME_LENGTH_MAX} />
        </label>
        {failure ? (
          <p role="alert">
            {failure.message} {failure.action}
          </p>
        ) : null}
        <button type="submit" className="act" disabled={isBusy}>
          Sign in
        </button>
      </form>
      <p className="quiet">
        On this machine the token is in <code>.falsework/token</code>, beside the state of{' '}
        <code>falsework up</code>.
      </p>
    </main>
  );
}
