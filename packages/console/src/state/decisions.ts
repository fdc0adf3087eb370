import { type DecisionLine, ROUTES } from '@falsework/client/contract';
import { useEffect, useState } from 'react';
import { call } from './call.ts';

const PAGE = 500;

/** The decision log, read once and then only what was added. `version` is the latest sequence. */
export function useDecisions(migration: string, version: number): readonly DecisionLine[] {
  const [log, setLog] = useState<{ readonly of: string; readonly lines: readonly DecisionLine[] }>({
    of: migration,
    lines: [],
  });
  const lines = log.of === migration ? log.lines : [];
  const after = lines.at(-1)?.sequence ?? 0;
  useEffect(() => {
    if (after >= version) return;
    let isWanted = true;
    const query = { after, limit: PAGE };
    void call(ROUTES.decisions, { params: { migration }, query, body: {} }).then(
      ({ decisions }) => {
        if (!isWanted) return;
        setLog((before) => {
          const known = before.of === migration ? before.lines : [];
          const last = known.at(-1)?.sequence ?? 0;
          const added = decisions.filter(({ sequence }) => sequence > last);
          return { of: migration, lines: [...known, ...added] };
        });
      },
      // Asked for again with the next change; that nothing is heard is shown above every page.
      () => {},
    );
    return () => {
      isWanted = false;
    };
  }, [migration, version, after]);
  return lines;
}
