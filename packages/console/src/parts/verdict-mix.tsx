import type { History } from '@falsework/client/contract';
import { VERDICTS, type Verdict } from '@falsework/core/evidence';
import { formatCount, formatRate } from '@falsework/core/text';
import type { ReactNode } from 'react';

/** Verdicts of each epoch as parts of one bar, and as numbers. */
export function VerdictMix({ epochs }: { readonly epochs: History['epochs'] }): ReactNode {
  const seen = VERDICTS.filter((verdict) => epochs.some(({ verdicts }) => verdicts[verdict] > 0));
  if (seen.length === 0) return <p className="quiet">Nothing was compared yet.</p>;
  const latestFirst = [...epochs].reverse();
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Verdicts by epoch">
      <table className="numbers">
        <thead>
          <tr>
            <th scope="col">Epoch</th>
            <th scope="col">Mix</th>
            {seen.map((verdict) => (
              <th key={verdict} scope="col">
                <span className={`dot v-${verdict}`} aria-hidden="true" />
                {verdict.replace('_', ' ')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {latestFirst.map(({ epoch, verdicts }) => (
            <tr key={epoch}>
              <th scope="row">{epoch}</th>
              <td>
                <Bar verdicts={verdicts} seen={seen} />
              </td>
              {seen.map((verdict) => (
                <td key={verdict}>{formatCount(verdicts[verdict])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Bar({
  verdicts,
  seen,
}: {
  readonly verdicts: History['epochs'][number]['verdicts'];
  readonly seen: readonly Verdict[];
}): ReactNode {
  const total = seen.reduce((sum, verdict) => sum + verdicts[verdict], 0);
  return (
    <div className="mix" aria-hidden="true">
      {seen.map((verdict) => {
        const part = verdicts[verdict] / Math.max(1, total);
        // Thin parts are what people look for, so that none is drawn thinner than can be seen.
        const style = { flexGrow: part, minWidth: part > 0 ? 3 : 0 };
        return (
          <span
            key={verdict}
            className={`v-${verdict}`}
            style={style}
            title={`${verdict}: ${formatRate(part)}`}
          />
        );
      })}
    </div>
  );
}
