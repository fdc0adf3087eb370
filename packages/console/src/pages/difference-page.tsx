import { type MigrationStatus, ROUTES, type WireCause } from '@falsework/client/contract';
import { formatCount, formatCounted } from '@falsework/core/text';
import type { ReactNode } from 'react';
import { AcceptButton } from '../parts/accept-fields.tsx';
import { ActButton } from '../parts/act.tsx';
import { NoteForm } from '../parts/note-form.tsx';
import { PairView } from '../parts/pair-view.tsx';
import { RuleTrial } from '../parts/rule-trial.tsx';
import { Trend } from '../parts/trend.tsx';
import { Moment, Words } from '../parts/words.tsx';
import { useLive } from '../state/live.ts';
import { useLoaded } from '../state/loaded.ts';
import { follow } from '../state/location.ts';

const PAIRS_SHOWN = 5;

/** One cause: how often, where, what, an example, and what can be done about it. */
export function DifferencePage({
  status,
  id,
}: {
  readonly status: MigrationStatus;
  readonly id: string;
}): ReactNode {
  const { changes } = useLive();
  const params = { migration: status.name };
  const asked = /^[0-9a-f]{1,16}$/.test(id) ? id : '0';
  const causes = useLoaded(ROUTES.causes, { params, query: { id: asked, limit: 1 } }, changes);
  const cause = causes.value?.causes[0];
  return (
    <>
      <p>
        <a href={`/m/${status.name}/differences`} onClick={follow}>
          ← All differences
        </a>
      </p>
      {causes.failure ? <p role="alert">{causes.failure.message}</p> : null}
      {causes.value === null && !causes.failure ? <p className="quiet">Asking control…</p> : null}
      {causes.value && !cause ? <p role="alert">There is no cause #{id}.</p> : null}
      {cause ? <Cause status={status} cause={cause} /> : null}
    </>
  );
}

function Cause({
  status,
  cause,
}: {
  readonly status: MigrationStatus;
  readonly cause: WireCause;
}): ReactNode {
  const { record, state, acceptance, proposal } = cause;
  const { changes } = useLive();
  const params = { migration: status.name };
  const query = { id: record.id, limit: PAIRS_SHOWN };
  const pairs = useLoaded(ROUTES.pairs, { params, query }, changes).value?.pairs ?? [];
  return (
    <>
      <h1>
        <code>#{record.id.slice(0, 4)}</code> {record.template}{' '}
        <span className={`state s-${state}`}>{state}</span>
      </h1>
      <Facts cause={cause} />
      <div className="actions" role="group" aria-label="Actions">
        {record.isNoise ? null : <AcceptButton migration={status.name} cause={cause} />}
        {acceptance ? (
          <ActButton migration={status.name} request={{ type: 'reopen', id: record.id }}>
            Take the acceptance back…
          </ActButton>
        ) : null}
        <NoteForm migration={status.name} cause={cause} />
      </div>
      <section aria-labelledby="pairs">
        <h2 id="pairs">Both answers</h2>
        {pairs.length === 0 ? <p className="quiet">No pair of answers is kept of it.</p> : null}
        {pairs.map((pair, i) => (
          <PairView key={pair.at} pair={pair} isOpen={i === 0} />
        ))}
      </section>
      <section aria-labelledby="rule">
        <h2 id="rule">A rule that would excuse it</h2>
        {proposal ? <p className="quiet">{proposal.because}</p> : null}
        <RuleTrial migration={status.name} cause={cause} />
      </section>
    </>
  );
}

function Facts({ cause }: { readonly cause: WireCause }): ReactNode {
  const { record } = cause;
  const example = record.samples.at(-1);
  const strata = record.strata.filter((stratum) => stratum !== '');
  return (
    <dl className="facts">
      <dt>seen</dt>
      <dd>
        {formatCount(record.count)}× at {record.seam}, first <Moment at={record.firstAt} />, last{' '}
        <Moment at={record.lastAt} /> <Trend counts={record.hours.slice(-12).map(([, of]) => of)} />
      </dd>
      <dt>kind</dt>
      <dd>
        {record.kind}
        {record.isNoise ? ', where legacy differs from itself' : ''}
      </dd>
      {example ? (
        <>
          <dt>at</dt>
          <dd>
            {example.path}
            {example.request === null ? '' : `, ${example.request}`}
          </dd>
          <dt>legacy</dt>
          <dd>
            <code>{example.legacy}</code>
          </dd>
          <dt>candidate</dt>
          <dd>
            <code>{example.candidate}</code>
          </dd>
        </>
      ) : null}
      {strata.length > 0 ? (
        <>
          <dt>in</dt>
          <dd>{strata.join(', ')}</dd>
        </>
      ) : null}
      {record.shapes.length > 0 ? (
        <>
          <dt>shapes</dt>
          <dd>{record.shapes.join(' · ')}</dd>
        </>
      ) : null}
      <Said cause={cause} />
    </dl>
  );
}

/** What people said of it: who answers for it until when, and what is known. */
function Said({
  cause: { record, acceptance, state, note },
}: {
  readonly cause: WireCause;
}): ReactNode {
  return (
    <>
      {acceptance ? (
        <>
          <dt>accepted</dt>
          <dd>
            until {new Date(acceptance.expiresAt).toISOString().slice(0, 10)} by{' '}
            {acceptance.acceptedBy}, {acceptance.owner} owns it: {acceptance.reason}
            {state === 'accepted'
              ? ''
              : `; but it comes in ${formatCounted(record.shapes.length, 'shape')} now, not all of which were accepted`}
          </dd>
        </>
      ) : null}
      {note ? (
        <>
          <dt>note</dt>
          <dd>
            <Words>{note.text}</Words> ({note.by}
            {note.owner === null ? '' : `; ${note.owner} looks after it`})
          </dd>
        </>
      ) : null}
    </>
  );
}
