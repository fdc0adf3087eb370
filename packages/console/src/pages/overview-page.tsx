import type { MigrationStatus } from '@falsework/client/contract';
import { healthOf, missingWords, nextWords, shareWords } from '@falsework/client/words';
import { formatCount, formatDuration } from '@falsework/core/text';
import type { ReactNode } from 'react';
import { RetreatButton } from '../parts/act.tsx';
import { StageLine } from '../parts/stage-line.tsx';
import { Words } from '../parts/words.tsx';
import { useLive } from '../state/live.ts';
import { follow } from '../state/location.ts';

/** Every migration: where it stands, what it waits for, and how long it may still take. */
export function OverviewPage({
  migrations,
}: {
  readonly migrations: readonly MigrationStatus[];
}): ReactNode {
  return (
    <>
      <h1>Migrations</h1>
      {migrations.length === 0 ? <p className="quiet">There is none yet.</p> : null}
      <ul className="cards">
        {migrations.map((status) => (
          <li key={status.name}>
            <Card status={status} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Card({ status }: { readonly status: MigrationStatus }): ReactNode {
  const { heardAt } = useLive();
  const { health, words } = healthOf(status);
  const missing = missingWords(status, heardAt);
  return (
    <article className={`card ${health}`}>
      <header>
        <h2>
          <a href={`/m/${status.name}`} onClick={follow}>
            {status.name}
          </a>
        </h2>
        <span className={`badge ${health}`}>
          {health === 'overdue' ? 'Incident: ' : ''}
          {words}
        </span>
        <RetreatButton status={status} />
      </header>
      <StageLine status={status} />
      <p>
        <strong>{shareWords(status)}</strong> served by the candidate for{' '}
        {formatDuration(heardAt - status.stepSince)}
      </p>
      <p>
        <Words>{nextWords(status)}</Words>
        {missing === null ? null : (
          <span className="needs">
            <Words>{missing}</Words>
          </span>
        )}
      </p>
      <p className={status.daysLeft < 0 ? 'bad' : 'quiet'}>
        {status.owner} owns it · to be gone by{' '}
        {new Date(status.deleteBy).toISOString().slice(0, 10)} · {daysWords(status.daysLeft)}
      </p>
    </article>
  );
}

function daysWords(daysLeft: number): string {
  if (daysLeft < 0) return `${formatCount(-daysLeft)} days OVER its end`;
  return `${formatCount(daysLeft)} days left`;
}
