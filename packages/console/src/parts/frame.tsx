import type { MigrationStatus } from '@falsework/client/contract';
import { formatDuration } from '@falsework/core/text';
import { type ReactNode, useEffect, useState } from 'react';
import { type Live, useLive } from '../state/live.ts';
import { follow, usePlace } from '../state/location.ts';
import { useSession } from '../state/session.ts';
import { RetreatButton } from './act.tsx';

/** What stands around every page: where one is, whether it is live, and the way back. */
export function Frame({
  onSignOut,
  children,
}: {
  readonly onSignOut: () => void;
  readonly children: ReactNode;
}): ReactNode {
  const { path } = usePlace();
  const live = useLive();
  const session = useSession();
  const name = /^\/m\/([^/]+)/.exec(path)?.[1];
  const status = live.migrations?.find((each) => each.name === name);
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="top">
        <nav aria-label="Console">
          <a href="/" onClick={follow} aria-current={path === '/' ? 'page' : undefined}>
            <strong>Falsework</strong>
          </a>
          {status ? <MigrationLinks name={status.name} path={path} /> : null}
        </nav>
        <div className="who">
          <Connection live={live} />
          <span className="quiet" data-testid="who">
            {session.name} ({session.role})
          </span>
          <button type="button" className="link" onClick={onSignOut}>
            Sign out
          </button>
        </div>
        {status ? <RetreatButton status={status} /> : null}
      </header>
      {live.isStale ? <StaleBanner heardAt={live.heardAt} /> : null}
      {session.role === 'viewer' ? (
        <p className="viewer-note">
          Your token is a viewer’s: it shows everything and changes nothing. Acting needs an
          operator’s.
        </p>
      ) : null}
      <main id="content" className={live.isStale ? 'page stale' : 'page'} tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

function MigrationLinks({
  name,
  path,
}: {
  readonly name: MigrationStatus['name'];
  readonly path: string;
}): ReactNode {
  const base = `/m/${name}`;
  const link = (to: string, words: string): ReactNode => (
    <a href={to} onClick={follow} aria-current={path === to ? 'page' : undefined}>
      {words}
    </a>
  );
  return (
    <>
      {link(base, name)}
      {link(`${base}/differences`, 'Differences')}
      {link(`${base}/data`, 'Data')}
    </>
  );
}

function Connection({ live }: { readonly live: Live }): ReactNode {
  const words = live.migrations === null ? 'connecting' : live.isStale ? 'stale' : 'live';
  return (
    <span className={`connection ${words}`} role="status" data-testid="connection">
      {words}
    </span>
  );
}

function StaleBanner({ heardAt }: { readonly heardAt: number }): ReactNode {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const ago = heardAt === 0 ? '' : ` for ${formatDuration(Math.max(0, now - heardAt))}`;
  return (
    <p className="stale-banner" role="alert">
      Control was not heard{ago}. What is shown may have changed since. Planes serve on by their
      last snapshot.
    </p>
  );
}
