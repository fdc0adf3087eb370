import { EMPTY_SKETCH, SHED_REASONS } from '@falsework/core/evidence';
import { describe, expect, it } from 'vitest';
import { type SeamWorld, seamWorld } from '../../test/seam-fixtures.ts';
import type { EngineCounters } from '../engine/counters.ts';
import { NOTHING_SHED } from '../engine/shed.ts';
import { LoadBook } from './load-book.ts';

const counting = (over: Partial<EngineCounters> = {}) => {
  const engine = {
    now: { queued: 0, running: 0, faults: 0, shed: NOTHING_SHED, ...over },
    counters: () => engine.now as EngineCounters,
  };
  return engine;
};

describe('how a plane fares', () => {
  it('adds up what waits and runs, and tells the longest queue beside it', () => {
    const book = new LoadBook();
    const engines = [counting({ queued: 3, running: 1 }), counting({ queued: 5, running: 2 })];
    for (const engine of engines) book.watch(engine);
    expect(book.drain()).toMatchObject({ queued: 8, queuedLongest: 5, running: 3 });
  });

  it('counts everything once, however often an engine is named', () => {
    const book = new LoadBook();
    const engine = counting({ faults: 2, shed: { ...NOTHING_SHED, cpu: 4 } });
    book.watch(engine);
    book.watch(engine);
    expect(book.drain()).toMatchObject({ faults: 2, shed: { cpu: 4 } });
    expect(book.drain()).toMatchObject({ faults: 0, shed: {} });
    engine.now = { ...engine.now, faults: 3, shed: { ...engine.now.shed, cpu: 5, closing: 1 } };
    expect(book.drain()).toMatchObject({ faults: 1, shed: { cpu: 1, closing: 1 } });
  });

  it('hands out times once', () => {
    const book = new LoadBook();
    book.noteOwnMs(0.05);
    book.noteSnapshotMs(0.01);
    book.noteSnapshotMs(0.02);
    expect(book.drain()).toMatchObject({ ownTime: { count: 1 }, snapshotTime: { count: 2 } });
    expect(book.drain()).toMatchObject({ ownTime: EMPTY_SKETCH, snapshotTime: EMPTY_SKETCH });
  });

  it('follows so many engines and no more, for seams that are made per request', () => {
    const book = new LoadBook();
    const engines = Array.from({ length: 1_200 }, () => counting({ queued: 1 }));
    for (const engine of engines) book.watch(engine);
    expect(book.drain().queued).toBe(1_000);
  });

  it('has a word for every reason that an engine knows', () => {
    expect([...SHED_REASONS].sort()).toEqual(Object.keys(NOTHING_SHED).sort());
  });
});

describe('a seam at work', () => {
  let world: SeamWorld;

  it('tells what was shed and why, and what copying cost', async () => {
    world = seamWorld({ shadow: { queueMax: 1, concurrency: 1 } });
    const fn = world.seam({ legacy: () => ({ a: 1 }), candidate: () => ({ a: 1 }) });
    for (let i = 0; i < 3; i += 1) fn();
    const { shed, snapshotTime, queued } = world.plane.load.drain();
    expect({ shed, queued }).toEqual({ shed: { 'queue-full': 2 }, queued: 1 });
    expect(snapshotTime.count).toBe(1);
    await world.pass();
    expect(world.plane.load.drain()).toMatchObject({ queued: 0, shed: {} });
  });
});
