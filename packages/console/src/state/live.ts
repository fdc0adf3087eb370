import { type MigrationStatus, ROUTES } from '@falsework/client/contract';
import { createContext, useContext, useEffect, useState } from 'react';

/** What is known now, and whether it still is. */
export interface Live {
  /** `null` before the first answer. */
  readonly migrations: readonly MigrationStatus[] | null;
  /** Control's clock when it was last heard; what is shown was true then. */
  readonly heardAt: number;
  /** True when control was not heard for a while: what is shown may not be so any more. */
  readonly isStale: boolean;
  /** Grows with every change, for whatever has to be asked for again. */
  readonly changes: number;
}

// Control speaks every second. Four missed are no hiccup of a network any more, and still soon
// enough that nobody acts on what is past.
const STALE_AFTER_MS = 4_500;
const LOOK_EVERY_MS = 500;
const REOPEN_AFTER_MS = 1_500;
const NOTHING: Live = { migrations: null, heardAt: 0, isStale: false, changes: 0 };

const LiveContext = createContext<Live>(NOTHING);
export const LiveProvider = LiveContext.Provider;

/** What control says now. */
export function useLive(): Live {
  return useContext(LiveContext);
}

/** Listens for as long as somebody is signed in; `onOver` is told when the session ended. */
export function useLiveFeed(isSignedIn: boolean, onOver: () => void): Live {
  const [live, setLive] = useState(NOTHING);
  useEffect(() => {
    if (!isSignedIn) {
      setLive(NOTHING);
      return;
    }
    return listen(setLive, onOver);
  }, [isSignedIn, onOver]);
  return live;
}

type SetLive = (change: (before: Live) => Live) => void;

function listen(setLive: SetLive, onOver: () => void): () => void {
  let source: EventSource | null = null;
  let heardMs = performance.now();
  let reopenMs = 0;
  const heard = (at: number, change: Partial<Live>): void => {
    heardMs = performance.now();
    setLive((before) => ({ ...before, ...change, heardAt: at, isStale: false }));
  };
  const open = (): void => {
    source?.close();
    source = new EventSource(ROUTES.events.path);
    source.addEventListener('status', ({ data }: MessageEvent<string>) => {
      const { at, shown } = JSON.parse(data) as { at: number; shown: unknown };
      const read = ROUTES.events.answer.safeParse({ at, migrations: shown });
      // Another version of control: what cannot be read is not shown, and silence shows as stale.
      if (!read.success) return;
      const { migrations } = read.data;
      setLive((before) => ({ ...before, changes: before.changes + 1 }));
      heard(at, { migrations });
    });
    source.addEventListener('alive', ({ data }: MessageEvent<string>) => {
      heard((JSON.parse(data) as { at: number }).at, {});
    });
    source.addEventListener('over', onOver);
    source.addEventListener('error', () => {
      // A browser does not say why. It tries again by itself after most failures, but not after an
      // answer that is no stream, such as that of a session that is over.
      if (source?.readyState === EventSource.CLOSED) reopenMs = performance.now() + REOPEN_AFTER_MS;
    });
  };
  const look = setInterval(() => {
    const now = performance.now();
    if (reopenMs > 0 && now >= reopenMs) {
      reopenMs = 0;
      onMaybeOver(onOver, open);
    }
    if (now - heardMs < STALE_AFTER_MS) return;
    setLive((before) => (before.isStale ? before : { ...before, isStale: true }));
  }, LOOK_EVERY_MS);
  open();
  return () => {
    clearInterval(look);
    source?.close();
  };
}

/** Asks whether the session is over before listening again. */
function onMaybeOver(onOver: () => void, open: () => void): void {
  void fetch(ROUTES.session.path).then(
    async (response) => {
      const { session } = ROUTES.session.answer.parse(await response.json());
      if (session === null) onOver();
      else open();
    },
    // Control is away: the stream says so as well, and is opened again.
    open,
  );
}
