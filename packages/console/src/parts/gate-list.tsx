import type { WireGateResult } from '@falsework/client/contract';
import type { ReactNode } from 'react';
import { Words } from './words.tsx';

const MARKS = { pass: '✓', hold: '…', fail: '✗', invalid: '?' } as const;
const NAMES = { pass: 'passes', hold: 'holds', fail: 'fails', invalid: 'has no evidence' } as const;

/** Gates as a checklist: what is looked at, what was seen, what is missing. */
export function GateList({
  gates,
  note,
}: {
  readonly gates: readonly WireGateResult[];
  /** Said besides what a gate needs, such as how long it will take. */
  readonly note?: (gate: WireGateResult) => string | null;
}): ReactNode {
  return (
    <ul className="gates">
      {gates.map((gate) => (
        <li key={gate.gate} className={`gate ${gate.status}`} data-gate={gate.gate}>
          <span className="mark" aria-hidden="true">
            {MARKS[gate.status]}
          </span>
          <span className="what">
            <span className="title">{gate.title}</span>
            <span className="hidden"> {NAMES[gate.status]}: </span>
            <span className="detail">
              <Words>{gate.detail}</Words>
            </span>
            {gate.needs === null ? null : (
              <span className="needs">
                needs <Words>{gate.needs}</Words>
                {note?.(gate) ?? ''}
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
