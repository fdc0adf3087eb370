import type { ReactNode } from 'react';
import { DataPage } from './pages/data-page.tsx';
import { DifferencePage } from './pages/difference-page.tsx';
import { DifferencesPage } from './pages/differences-page.tsx';
import { MigrationPage } from './pages/migration-page.tsx';
import { OverviewPage } from './pages/overview-page.tsx';
import { SignInPage } from './pages/sign-in-page.tsx';
import { Frame } from './parts/frame.tsx';
import { LiveProvider, useLive, useLiveFeed } from './state/live.ts';
import { usePlace } from './state/location.ts';
import { SessionProvider, useSessionState } from './state/session.ts';

/** The console: whoever is signed in sees a page, anybody else the way in. */
export function App(): ReactNode {
  const state = useSessionState();
  const { session, isKnown, failure } = state;
  const live = useLiveFeed(session !== null, state.over);
  if (session === null) {
    if (isKnown) return <SignInPage failure={failure} signIn={state.signIn} />;
    return <main className="page">{failure ? <p role="alert">{failure.message}</p> : null}</main>;
  }
  return (
    <SessionProvider value={session}>
      <LiveProvider value={live}>
        <Frame onSignOut={() => void state.signOut()}>
          <Page />
        </Frame>
      </LiveProvider>
    </SessionProvider>
  );
}

function Page(): ReactNode {
  const { path } = usePlace();
  const { migrations } = useLive();
  const [, name, part, id] = /^\/m\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?\/?$/.exec(path) ?? [];
  if (migrations === null) return <p className="quiet">Asking control…</p>;
  if (name === undefined) return <OverviewPage migrations={migrations} />;
  const status = migrations.find((migration) => migration.name === decodeURIComponent(name));
  if (!status) {
    const known = migrations.map((migration) => migration.name).join(', ') || 'none';
    return <p role="alert">There is no migration of that name; there is {known}.</p>;
  }
  if (part === 'differences' && id !== undefined) return <DifferencePage status={status} id={id} />;
  if (part === 'differences') return <DifferencesPage status={status} />;
  if (part === 'data') return <DataPage status={status} />;
  return <MigrationPage status={status} />;
}
