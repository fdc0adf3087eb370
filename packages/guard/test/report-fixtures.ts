import {
  EMPTY_TALLY,
  NO_VERDICTS,
  type NoisyPath,
  type SignatureRecord,
  SketchRecorder,
  type Tally,
  type VerdictCounts,
} from '@falsework/core/evidence';
import { NOTHING_SHED, type ShedCounts } from '@falsework/seam/engine';
import type { ReportFacts } from '../src/report/guard-report.ts';
import type { RouteFacts } from '../src/report/route-report.ts';
import type { SideFacts } from '../src/report/side-facts.ts';
import type { RouteCounts, UnprovenReason } from '../src/routes/route.ts';
import { snapshotWith } from './fixtures.ts';

const START = Date.UTC(2026, 10, 20, 14, 2);

/** A tally with these verdicts; every pair took `legacyMs` and `candidateMs`. */
export function tallyOf(
  verdicts: Partial<VerdictCounts>,
  latency: { legacyMs?: number; candidateMs?: number } = {},
): Tally {
  const sketch = (ms: number | undefined) => {
    const recorder = new SketchRecorder();
    if (ms !== undefined) recorder.record(ms);
    return recorder.read();
  };
  return {
    ...EMPTY_TALLY,
    verdicts: { ...NO_VERDICTS, ...verdicts },
    legacyLatency: sketch(latency.legacyMs),
    candidateLatency: sketch(latency.candidateMs),
  };
}

/** One cause with one example. */
export function cause(over: Partial<SignatureRecord> = {}): SignatureRecord {
  const { template = '$.tax' } = over;
  return {
    seam: 's',
    epoch: 1,
    id: 'a41f00112233aabb',
    template,
    kind: 'number',
    isNoise: false,
    count: 1,
    firstAt: START,
    lastAt: START + 1_000,
    samples: [
      { at: START, path: template, legacy: '10.005', candidate: '10.00', request: 'GET /orders/1' },
    ],
    shapes: ['number within 0.0001 less'],
    strata: [''],
    hours: [],
    ...over,
  };
}

/** The facts of one route. */
export function routeFacts(
  name: string,
  over: {
    readonly unproven?: UnprovenReason;
    readonly counts?: Partial<RouteCounts>;
    readonly tallies?: readonly Tally[];
    readonly signatures?: readonly SignatureRecord[];
    readonly noise?: readonly NoisyPath[];
    readonly shed?: Partial<ShedCounts>;
    readonly faults?: number;
  } = {},
): RouteFacts {
  const {
    unproven = null,
    counts,
    tallies = [],
    signatures = [],
    noise = [],
    shed,
    faults = 0,
  } = over;
  return {
    name,
    unproven,
    counts: {
      legacy: 0,
      legacyFailed: 0,
      candidate: 0,
      candidateFailed: 0,
      fallbacks: 0,
      fenced: 0,
      abandoned: 0,
      conditional: 0,
      early: 0,
      credentials: 0,
      streams: 0,
      ...counts,
    },
    summary: {
      epoch: 1,
      strata: tallies.map((tally, i) => ({ stratum: String(i), tally })),
      signatures,
      noise,
    },
    engine: {
      verdicts: NO_VERDICTS,
      shed: { ...NOTHING_SHED, ...shed },
      faults,
      queued: 0,
      running: 0,
      pausing: 0,
      strays: 0,
    },
  };
}

const WELL: Omit<SideFacts, 'origin'> = {
  counts: { asked: 10, answered: 10, failures: [] },
  health: null,
};

/** The facts of a guard that stands alone at 10 %. */
export function factsWith(over: Partial<ReportFacts> = {}): ReportFacts {
  return {
    url: 'http://127.0.0.1:8000',
    startedAt: START,
    now: START + 30_000,
    snapshot: snapshotWith({ shadow: { sample: 0.1 } }),
    retreat: null,
    sides: {
      legacy: { origin: 'http://orders-v1:8080', ...WELL },
      candidate: { origin: 'http://orders-v2:8080', ...WELL },
    },
    routes: [],
    capturedBytes: 0,
    faults: 0,
    ...over,
  };
}
