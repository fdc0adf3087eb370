import { pairRows } from '@falsework/client/words';
import type { StoredPair } from '@falsework/core/evidence';
import { formatCounted } from '@falsework/core/text';
import { type ReactNode, useMemo } from 'react';
import { folded } from '../view/folded.ts';
import { Moment } from './words.tsx';

/** Both answers to one request, redacted, with the lines that differ marked. */
export function PairView({
  pair,
  isOpen,
}: {
  readonly pair: StoredPair;
  readonly isOpen: boolean;
}): ReactNode {
  const rows = useMemo(() => folded(pairRows(pair)), [pair]);
  const { request } = pair;
  return (
    <details className="pair" open={isOpen}>
      <summary>
        {request ? `${request.method} ${request.target} ` : ''}
        <span className="quiet">
          <Moment at={pair.at} />, epoch {pair.epoch}
        </span>
      </summary>
      <div className="scroll" tabIndex={0} role="region" aria-label="Both answers side by side">
        <table className="side-by-side">
          <thead>
            <tr>
              <th scope="col">
                <span className="hidden">differs</span>
              </th>
              <th scope="col">legacy</th>
              <th scope="col">candidate</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) =>
              'equal' in row ? (
                <tr key={row.key} className="fold">
                  <td />
                  <td colSpan={2}>… {formatCounted(row.equal, 'equal line')}</td>
                </tr>
              ) : (
                <tr key={row.key} className={row.isDifferent ? 'differs' : ''}>
                  <td>{row.isDifferent ? '≠' : ''}</td>
                  <td>{row.legacy}</td>
                  <td>{row.candidate}</td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      </div>
    </details>
  );
}
