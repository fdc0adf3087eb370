import type { MigrationStatus } from '@falsework/client/contract';
import { formatCount, formatRate } from '@falsework/core/text';
import type { ReactNode } from 'react';
import { follow, usePlace, withQuery } from '../state/location.ts';

// The rest are found by their names in the address; a table of thousands is read by nobody.
const SHOWN_MAX = 200;

/** Every stratum with its evidence, the worst first; choosing one shows its history. */
export function StrataTable({ status }: { readonly status: MigrationStatus }): ReactNode {
  const place = usePlace();
  const chosen = [place.query.get('seam'), place.query.get('stratum')];
  const strata = status.strata.toSorted((a, b) => b.rateHigh - a.rateHigh).slice(0, SHOWN_MAX);
  if (strata.length === 0) return <p className="quiet">Nothing was compared in this epoch yet.</p>;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Strata">
      <table className="numbers">
        <thead>
          <tr>
            {['Seam', 'compared', 'differ', 'at most', 'proof', 'p50', 'p99'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {strata.map((each) => {
            const { seam, stratum } = each;
            const isChosen = chosen[0] === seam && (chosen[1] ?? '') === stratum;
            const to = withQuery(
              place,
              isChosen ? { seam: null, stratum: null } : { seam, stratum },
            );
            return (
              <tr key={`${seam}\0${stratum}`} className={isChosen ? 'chosen' : ''}>
                <th scope="row">
                  <a href={to} onClick={follow} aria-current={isChosen ? 'true' : undefined}>
                    {seam}
                    {stratum === '' ? '' : ` · ${stratum}`}
                  </a>
                </th>
                <td>{formatCount(each.compared)}</td>
                <td className={each.differing > 0 ? 'bad' : ''}>{formatCount(each.differing)}</td>
                <td>{formatRate(each.rateHigh)}</td>
                <td>
                  {each.stillNeeded === 0 ? 'proven' : `${formatCount(each.stillNeeded)} more`}
                </td>
                <td>{pairOf(each.legacy.p50Ms, each.candidate.p50Ms)}</td>
                <td>{pairOf(each.legacy.p99Ms, each.candidate.p99Ms)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function pairOf(legacyMs: number | null, candidateMs: number | null): string {
  return `${milliseconds(legacyMs)} → ${milliseconds(candidateMs)} ms`;
}

function milliseconds(ms: number | null): string {
  return ms === null ? '–' : ms.toFixed(ms < 10 ? 1 : 0);
}
