import { ROUTES, type Session } from '@falsework/client/contract';
import { createContext, useCallback, useContext, useEffect, useState } from 'react';
import { CallFailure, call } from './call.ts';

/** Who looks at the console: somebody, nobody, or not known yet. */
export interface SessionState {
  readonly session: Session | null;
  /** `null` before the first answer. */
  readonly isKnown: boolean;
  /** Why it is not known who looks, or why signing in failed. */
  readonly failure: CallFailure | null;
  readonly signIn: (token: string, name: string | null) => Promise<void>;
  readonly signOut: () => Promise<void>;
  /** Called when control says that the session is over. */
  readonly over: () => void;
}

const SessionContext = createContext<Session | null>(null);
export const SessionProvider = SessionContext.Provider;

/** Who is signed in. Only for what is shown to somebody who is. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new TypeError('Nobody is signed in here.');
  return session;
}

const NOTHING = { params: {}, query: {}, body: {} };
const RETRY_MS = 2_000;

/** Finds out who is signed in, and signs in and out. */
export function useSessionState(): SessionState {
  const [state, setState] = useState<Pick<SessionState, 'session' | 'isKnown' | 'failure'>>({
    session: null,
    isKnown: false,
    failure: null,
  });
  const signIn = useCallback(async (token: string, name: string | null) => {
    try {
      const body = { token, name };
      const session = await call(ROUTES.signIn, { params: {}, query: {}, body });
      setState({ session, isKnown: true, failure: null });
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      setState({ session: null, isKnown: true, failure: error });
    }
  }, []);
  const over = useCallback(() => setState({ session: null, isKnown: true, failure: null }), []);
  const signOut = useCallback(async () => {
    await call(ROUTES.signOut, NOTHING).catch(() => {});
    over();
  }, [over]);
  useEffect(() => {
    const given = takeFromAddress();
    if (given !== null) {
      void signIn(given.token, given.name);
      return;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = (): void => {
      void call(ROUTES.session, NOTHING).then(
        ({ session }) => setState({ session, isKnown: true, failure: null }),
        (failure: CallFailure) => {
          setState((before) => ({ ...before, failure }));
          timer = setTimeout(ask, RETRY_MS);
        },
      );
    };
    ask();
    return () => clearTimeout(timer);
  }, [signIn]);
  return { ...state, signIn, signOut, over };
}

/**
 * The token of a link that `falsework up` printed, and who follows it. They stand behind the #,
 * which no browser sends to anybody, and are taken out of the address before anything else is done
 * with them.
 */
function takeFromAddress(): { readonly token: string; readonly name: string | null } | null {
  const given = new URLSearchParams(location.hash.slice(1));
  const token = given.get('sign-in');
  if (token === null) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return { token, name: given.get('as') };
}
