import { describe, expect, it } from 'vitest';
import { EvidenceLedger } from './ledger.ts';
import type { Observation } from './observation.ts';
import { NO_VERDICTS } from './verdict.ts';

const FINDING = {
  id: 'a41f00000000a41f',
  template: '$.total',
  kind: 'number',
  example: { path: '$.total', legacy: '10.005', candidate: '10.00' },
};

function mismatchIn(epoch: number): Observation {
  return {
    position: { epoch, step: epoch, legacyBuild: 'l1', candidateBuild: `c${epoch}` },
    stratum: '',
    served: 'legacy',
    verdict: 'mismatch',
    isCritical: false,
    legacyMs: 1,
    candidateMs: 1,
    findings: [FINDING],
    noise: null,
    pair: null,
    request: 'GET /orders/{id}',
  };
}

describe('signature record', () => {
  it('keeps a cause of the old build apart from the same cause under the next one', () => {
    const ledger = new EvidenceLedger();
    const goal = { slowerRatioMax: 0.2, slowerMsMax: 5 };
    for (const epoch of [1, 1, 2]) ledger.record('orders', mismatchIn(epoch), goal, epoch);
    const { signatures, strata } = ledger.drain();
    expect(signatures.map(({ epoch, count }) => ({ epoch, count }))).toEqual([
      { epoch: 1, count: 2 },
      { epoch: 2, count: 1 },
    ]);
    expect(strata.map((delta) => delta.tally.verdicts)).toEqual([
      { ...NO_VERDICTS, mismatch: 2 },
      { ...NO_VERDICTS, mismatch: 1 },
    ]);
  });
});
