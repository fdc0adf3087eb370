import {
  type DecisionLine,
  type MigrationStatus,
  ROUTES,
  type WireGateResult,
} from '@falsework/client/contract';
import {
  acceptedWords,
  daysLeftWords,
  dayWords,
  epochWords,
  healthOf,
  holdWords,
  nextWords,
  provenInMs,
  standingWords,
  storeWords,
} from '@falsework/client/words';
import { formatDuration } from '@falsework/core/text';
import { type ReactNode, useMemo } from 'react';
import { LatencyChart } from '../charts/latency-chart.tsx';
import { RateChart, ShareChart, type TimeFrame } from '../charts/time-charts.tsx';
import { ActionBar } from '../parts/action-bar.tsx';
import { DecisionLog } from '../parts/decision-log.tsx';
import { GateList } from '../parts/gate-list.tsx';
import { StageLine } from '../parts/stage-line.tsx';
import { StrataTable } from '../parts/strata-table.tsx';
import { VerdictMix } from '../parts/verdict-mix.tsx';
import { Words } from '../parts/words.tsx';
import { useDecisions } from '../state/decisions.ts';
import { useLive } from '../state/live.ts';
import { useLoaded } from '../state/loaded.ts';
import { follow, usePlace, withQuery } from '../state/location.ts';
import { marksOf } from '../view/marks.ts';
import { frameOf, RANGES } from '../view/time-frame.ts';

/** One migration: where it stands, why, what is missing, and everything that led here. */
export function MigrationPage({ status }: { readonly status: MigrationStatus }): ReactNode {
  const { heardAt } = useLive();
  const decisions = useDecisions(status.name, status.version);
  const { health, words } = healthOf(status);
  const etaMs = provenInMs(status, heardAt);
  const eta = etaMs === null ? null : `, ${formatDuration(etaMs)} at this rate`;
  return (
    <>
      <h1>
        {status.name} <span className={`badge ${health}`}>{words}</span>
      </h1>
      <StageLine status={status} />
      <Standing status={status} now={heardAt} />
      <ActionBar status={status} />
      <section aria-labelledby="next">
        <h2 id="next">
          <Words>{nextWords(status)}</Words>
        </h2>
        {status.next ? <Gates gates={status.next.gates} eta={eta} /> : null}
      </section>
      <Charts status={status} now={heardAt} decisions={decisions} />
      <section aria-labelledby="strata">
        <h2 id="strata">Evidence by seam and stratum</h2>
        <StrataTable status={status} />
      </section>
      <section aria-labelledby="log">
        <h2 id="log">Decisions</h2>
        <DecisionLog decisions={decisions} />
      </section>
    </>
  );
}

/** What is missing first; what passes is folded away once something does not. */
function Gates({
  gates,
  eta,
}: {
  readonly gates: readonly WireGateResult[];
  readonly eta: string | null;
}): ReactNode {
  const open = gates.filter((gate) => gate.status !== 'pass');
  const passing = gates.filter((gate) => gate.status === 'pass');
  return (
    <>
      <GateList
        gates={open}
        note={({ gate, status }) => (gate === 'mismatch' && status === 'hold' ? eta : null)}
      />
      {passing.length > 0 ? (
        <details className="passing" open={open.length === 0}>
          <summary>
            {passing.length} of {gates.length} gates pass
          </summary>
          <GateList gates={passing} />
        </details>
      ) : null}
    </>
  );
}

function Standing({
  status,
  now,
}: {
  readonly status: MigrationStatus;
  readonly now: number;
}): ReactNode {
  const lines = [
    `It is in ${standingWords(status, now)}, ${dayWords(status, now)}.`,
    ...(status.hold ? [holdWords(status.hold)] : []),
    epochWords(status),
    ...storeWords(status, now),
    ...(status.accepted.length > 0 ? [acceptedWords(status)] : []),
  ];
  return (
    <div className="standing">
      {lines.map((line) => (
        <p key={line.slice(0, 24)} className={line.includes('NOT safe') ? 'bad' : ''}>
          <Words>{line}</Words>
        </p>
      ))}
      {status.accepted.length > 0 ? (
        <ul>
          {status.accepted.map((each) => (
            <li key={`${each.seam} ${each.id}`} className={each.isExpiring ? 'warn' : ''}>
              <a href={`/m/${status.name}/differences/${each.id}`} onClick={follow}>
                #{each.id.slice(0, 4)}
              </a>{' '}
              {each.seam} {each.template}, {daysLeftWords(each.daysLeft)}, {each.owner} owns it:{' '}
              {each.reason}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

function Charts({
  status,
  now,
  decisions,
}: {
  readonly status: MigrationStatus;
  readonly now: number;
  readonly decisions: readonly DecisionLine[];
}): ReactNode {
  const place = usePlace();
  const { changes } = useLive();
  const seam = place.query.get('seam') ?? undefined;
  const stratum = seam === undefined ? undefined : (place.query.get('stratum') ?? '');
  const params = { migration: status.name };
  const history = useLoaded(ROUTES.history, { params, query: { seam, stratum } }, changes);
  const latency = useLoaded(ROUTES.distributions, { params, query: {} }, changes);
  const range = place.query.get('range');
  const frame: TimeFrame = useMemo(
    () => ({ marks: marksOf(decisions), range: frameOf(range, { status, now }) }),
    [decisions, range, status, now],
  );
  const strata = latency.value?.strata ?? [];
  const shown =
    strata.find((each) => each.seam === seam && each.stratum === stratum) ??
    strata.toSorted((a, b) => b.count - a.count)[0];
  return (
    <section aria-labelledby="charts">
      <h2 id="charts">
        {seam === undefined ? 'All seams' : `${seam}${stratum ? ` · ${stratum}` : ''}`}
      </h2>
      <nav className="ranges" aria-label="Stretch of time">
        {RANGES.map(({ name, words }) => (
          <a
            key={name}
            href={withQuery(place, { range: name === 'epoch' ? null : name })}
            onClick={follow}
            aria-current={(range ?? 'epoch') === name ? 'true' : undefined}
          >
            {words}
          </a>
        ))}
      </nav>
      {history.failure ? <p role="alert">{history.failure.message}</p> : null}
      {history.value?.isPartial ? (
        <p className="quiet">
          Only the strata that were compared last are drawn; choose one below.
        </p>
      ) : null}
      <div className="charts">
        {history.value ? <RateChart history={history.value} frame={frame} /> : null}
        <ShareChart decisions={decisions} frame={frame} />
        {shown ? (
          <div>
            <LatencyChart distribution={shown} />
            <p className="quiet">
              {shown.seam}
              {shown.stratum === '' ? '' : ` · ${shown.stratum}`}, present epoch
            </p>
          </div>
        ) : null}
      </div>
      {history.value ? <VerdictMix epochs={history.value.epochs} /> : null}
    </section>
  );
}
