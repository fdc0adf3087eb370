import {
  type EvidenceBatch,
  NO_PLANE_LOAD,
  type PlaneLoad,
  SketchRecorder,
} from '@falsework/core/evidence';
import { batchOf } from '@falsework/testkit/contracts';
import { describe, expect, it } from 'vitest';
import { PlaneLoads } from './plane-loads.ts';

const STALE_MS = 60_000;
const of = (plane: string, load: Partial<PlaneLoad> | null, over: Partial<EvidenceBatch> = {}) =>
  batchOf(plane, 1, { ...(load === null ? {} : { load: { ...NO_PLANE_LOAD, ...load } }), ...over });
const sketchOf = (ms: number) => {
  const recorder = new SketchRecorder();
  recorder.record(ms);
  return recorder.read();
};

describe('how all planes fare', () => {
  it('adds up how planes stand now, and what they counted', () => {
    const loads = new PlaneLoads();
    loads.take('m', of('a', { queued: 3, queuedLongest: 2, running: 1, shed: { cpu: 4 } }), 0);
    loads.take('m', of('b', { queued: 5, queuedLongest: 5, running: 2, shed: { cpu: 1 } }), 0);
    loads.take('m', of('a', { queued: 1, queuedLongest: 1, faults: 2 }), 1);
    expect(loads.totals('m', 1, STALE_MS)).toMatchObject({
      queued: 6,
      queuedLongest: 5,
      running: 2,
      faults: 2,
      shed: { cpu: 5, 'queue-full': 0 },
    });
  });

  it('forgets how a plane stands that has fallen silent, and never what it counted', () => {
    const loads = new PlaneLoads();
    loads.take('m', of('a', { queued: 3, shed: { cpu: 4 }, ownTime: sketchOf(1) }), 0);
    const later = loads.totals('m', STALE_MS + 1, STALE_MS);
    expect(later).toMatchObject({ queued: 0, shed: { cpu: 4 }, ownTime: { count: 1 } });
  });

  it('counts calls of legacy, also those of planes that say nothing else', () => {
    const loads = new PlaneLoads();
    loads.take('m', of('a', null, { legacyHits: 7, legacyProbes: 1 }), 0);
    loads.take('m', of('a', {}, { legacyHits: 2, legacyProbes: 1 }), 0);
    expect(loads.totals('m', 0, STALE_MS)).toMatchObject({ legacyHits: 9, legacyProbes: 2 });
  });

  it('knows nothing of a migration from another one', () => {
    const loads = new PlaneLoads();
    loads.take('m', of('a', { queued: 3 }), 0);
    expect(loads.totals('n', 0, STALE_MS).queued).toBe(0);
  });

  it('has one name for all reasons that it does not know', () => {
    const loads = new PlaneLoads();
    loads.take('m', of('a', { shed: { tired: 1, bored: 2, cpu: 3 } }), 0);
    const { shed } = loads.totals('m', 0, STALE_MS);
    expect(shed).toMatchObject({ other: 3, cpu: 3 });
    expect(Object.keys(shed)).toHaveLength(14);
  });

  it('keeps so many planes and no more, the latest', () => {
    const loads = new PlaneLoads();
    for (let i = 0; i < 1_500; i += 1)
      loads.take('m', of(`p${i}`, { queued: i, queuedLongest: i }), 0);
    const { queued, queuedLongest } = loads.totals('m', 0, STALE_MS);
    expect(queuedLongest).toBe(1_499);
    expect(queued).toBe((1_000 * (500 + 1_499)) / 2);
  });
});
