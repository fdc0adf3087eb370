import { type DataHeard, type MigrationStatus, ROUTES } from '@falsework/client/contract';
import { storeWords } from '@falsework/client/words';
import { formatDuration } from '@falsework/core/text';
import type { ReactNode } from 'react';
import { Figure, Words } from '../parts/words.tsx';
import { useLive } from '../state/live.ts';
import { useLoaded } from '../state/loaded.ts';
import { dataFigures } from '../view/data-figures.ts';

// The data side reports every few seconds; what is a minute old may not be so any more.
const OLD_AFTER_MS = 60_000;

/** What the data side knows of the two stores, and whether the way back is open. */
export function DataPage({ status }: { readonly status: MigrationStatus }): ReactNode {
  const { changes, heardAt } = useLive();
  const params = { migration: status.name };
  const { value, failure } = useLoaded(ROUTES.dataNow, { params, query: {} }, changes);
  return (
    <>
      <h1>Data</h1>
      {failure ? <p role="alert">{failure.message}</p> : null}
      {value === null ? null : value.data === null ? (
        <Nothing topology={status.topology} />
      ) : (
        <Known status={status} data={value.data} now={heardAt} />
      )}
    </>
  );
}

function Nothing({ topology }: Pick<MigrationStatus, 'topology'>): ReactNode {
  return (
    <p className="quiet">
      {topology === 'shared' ? (
        'Both sides work on one store: there is nothing to copy, and nothing to keep equal.'
      ) : (
        <Words>{'The data side has said nothing yet. `falsework data start` begins it.'}</Words>
      )}
    </p>
  );
}

function Known({
  status,
  data,
  now,
}: {
  readonly status: MigrationStatus;
  readonly data: DataHeard;
  readonly now: number;
}): ReactNode {
  const unsafe = status.data?.rollbackUnsafe ?? null;
  const ageMs = now - data.reportedAt;
  return (
    <>
      <p className={unsafe === null ? 'safe good' : 'safe bad'} role={unsafe ? 'alert' : 'status'}>
        <strong>{unsafe === null ? 'Rollback is safe' : `Rollback is NOT safe: ${unsafe}`}</strong>
      </p>
      {storeWords(status, now)
        .slice(0, 1)
        .map((line) => (
          <p key="store">
            <Words>{line}</Words>
          </p>
        ))}
      {ageMs > OLD_AFTER_MS ? (
        <p role="alert">
          The data side was not heard for {formatDuration(ageMs)}: what stands here may not be so
          any more.
        </p>
      ) : null}
      {data.backfill && !data.backfill.isComplete ? (
        <progress
          max={Math.max(1, data.backfill.rowsTotal)}
          value={data.backfill.rowsCopied}
          aria-label="Backfill"
        />
      ) : null}
      <dl className="figures">
        {dataFigures(data, now).map(({ name, value, detail, tone }) => (
          <Figure key={name} name={name} tone={tone}>
            <strong>{value}</strong>
            {detail === null ? null : (
              <span className="quiet">
                <Words>{detail}</Words>
              </span>
            )}
          </Figure>
        ))}
      </dl>
    </>
  );
}
