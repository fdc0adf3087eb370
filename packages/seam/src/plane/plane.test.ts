import { AsyncLocalStorage } from 'node:async_hooks';
import { differenceShape, type Observation, type Verdict } from '@falsework/core/evidence';
import { beforeEach, describe, expect, it } from 'vitest';
import { finding, ScriptedLink, type SimHost, simHost, snapshotWith } from '../../test/fixtures.ts';
import { Plane } from './plane.ts';

let host: SimHost;
let link: ScriptedLink;

beforeEach(() => {
  host = simHost();
  link = new ScriptedLink();
});

const observe = (plane: Plane, verdict: Verdict, over: Partial<Observation> = {}): Observation => ({
  position: plane.position,
  stratum: '',
  served: 'legacy',
  verdict,
  isCritical: false,
  legacyMs: 4,
  candidateMs: 3,
  findings: verdict === 'mismatch' ? [finding('a')] : [],
  noise: null,
  pair: null,
  request: null,
  ...over,
});

const shift = (over: Parameters<typeof snapshotWith>[0] = {}) =>
  snapshotWith({ stage: 'shift', percent: 25, step: 3, version: 5, ...over });

const attached = (): Plane => new Plane({ host, link, builds: { legacy: 'l1', candidate: 'c1' } });

describe('a plane without control', () => {
  it('has legacy serve and everything compared', () => {
    const plane = new Plane({ host });
    expect(plane.router('read')).toMatchObject({ isCompared: true, isKeyed: false });
    expect(plane.router('read').sideOf({ key: 'k', pin: null })).toBe('legacy');
    expect(plane.snapshot).toMatchObject({ stage: 'shadow', percent: 0, shadow: { sample: 1 } });
    expect(plane.position).toMatchObject({ legacyBuild: 'unknown', candidateBuild: 'unknown' });
  });

  it('sets no timer, so that there is nothing to close', async () => {
    const plane = new Plane({ host });
    plane.seam('a').record(observe(plane, 'match'));
    expect(host.clock.pending).toBe(0);
    await plane.flush();
    await plane.close({ withinMs: 0 });
  });
});

describe('a plane with a control', () => {
  it('sends everything to legacy and compares nothing before control has spoken', () => {
    const plane = attached();
    expect(plane.router('read')).toMatchObject({ isLegacyOnly: true, isCompared: false });
    expect(plane.snapshot.stage).toBe('inert');
  });

  it('follows each newer snapshot, and never goes back to an older one', () => {
    const plane = attached();
    const versions = [3, 5, 4, 5, 2, 7].map((version) => {
      link.push(snapshotWith({ version, stage: 'shift', percent: version }));
      return plane.snapshot.version;
    });
    expect(versions).toEqual([3, 5, 5, 5, 5, 7]);
    expect(plane.snapshot.percent).toBe(7);
  });

  it('changes its generation with each snapshot that it follows, and only then', () => {
    const plane = attached();
    const seen = [plane.generation];
    link.push(shift({ version: 5 }));
    seen.push(plane.generation);
    link.push(shift({ version: 4 }));
    expect(plane.generation).toBe(seen[1]);
    expect(new Set([...seen, new Plane({ host }).generation]).size).toBe(3);
  });

  it('routes by the share, and says when a side depends on the key', () => {
    const plane = attached();
    link.push(shift({ percent: 50 }));
    const { isKeyed, sideOf } = plane.router('read');
    const sides = Array.from({ length: 1_000 }, (_, i) => sideOf({ key: `k${i}`, pin: null }));
    expect(isKeyed).toBe(true);
    const share = sides.filter((side) => side === 'candidate').length / 1_000;
    expect(share).toBeGreaterThan(0.45);
    expect(share).toBeLessThan(0.55);
    link.push(shift({ percent: 100, version: 6 }));
    expect(plane.router('read').isKeyed).toBe(false);
    expect(plane.router('read').sideOf({ key: null, pin: null })).toBe('candidate');
  });

  it('does not follow a snapshot that it cannot understand, and says so', () => {
    const plane = attached();
    link.push(shift({ version: 5 }));
    link.push(snapshotWith({ version: 6, stage: 'leap' as never }));
    expect(plane.snapshot.version).toBe(5);
    expect(plane.snapshotsRefused).toBe(1);
    link.push(shift({ version: 7 }));
    expect(plane.snapshot.version).toBe(7);
  });

  it('marks where it stands: epoch, step and builds, also builds that only a response names', () => {
    const plane = attached();
    link.push(shift({ epoch: 4, step: 9 }));
    expect(plane.position).toEqual({ epoch: 4, step: 9, legacyBuild: 'l1', candidateBuild: 'c1' });
    expect(plane.positionOf({ candidate: 'c2' })).toMatchObject({
      legacyBuild: 'l1',
      candidateBuild: 'c2',
    });
  });

  it('takes another id at each start', () => {
    expect(attached().id).not.toBe(attached().id);
    expect(attached().id).toMatch(/^plane-[0-9a-f]{16}$/);
  });
});

describe('the evidence of a plane', () => {
  it('goes to control every second, numbered without gaps', async () => {
    const plane = attached();
    link.push(snapshotWith({ version: 3 }));
    plane.seam('a').record(observe(plane, 'match'));
    plane.seam('a').record(observe(plane, 'mismatch'));
    plane.seam('a').countServed('legacy', false);
    await host.clock.advance(2_000);
    expect(link.batches.map((batch) => batch.sequence)).toEqual([1, 2]);
    const [first, second] = link.batches;
    expect(first).toMatchObject({
      plane: plane.id,
      snapshotVersion: 3,
      strata: [{ seam: 'a', stratum: '', tally: { verdicts: { match: 1, mismatch: 1 } } }],
      seams: [{ seam: 'a', step: 1, served: { legacy: { requests: 1, failures: 0 } } }],
      signatures: [{ seam: 'a', id: 'a', count: 1 }],
      retreat: null,
    });
    expect(second).toMatchObject({ strata: [], seams: [], signatures: [] });
    await plane.close({ withinMs: 100 });
  });

  it('is sent again, the same batch, until control takes it; what is seen meanwhile waits', async () => {
    const plane = attached();
    link.isDown = true;
    plane.seam('a').record(observe(plane, 'match'));
    await host.clock.advance(1_000);
    expect(plane.reportFailures).toBe(1);
    plane.seam('a').record(observe(plane, 'match'));
    plane.seam('a').record(observe(plane, 'match'));
    await host.clock.advance(60_000);
    link.isDown = false;
    await host.clock.advance(60_000);
    const matches = link.batches.map((b) => b.strata[0]?.tally.verdicts.match ?? 0);
    expect(matches.slice(0, 2)).toEqual([1, 2]);
    expect(link.batches.map((b) => b.sequence)).toEqual(link.batches.map((_, i) => i + 1));
    expect(plane.reportFailures).toBe(0);
    await plane.close({ withinMs: 100 });
  });

  it('is not sent more often than backing off allows while control is away', async () => {
    const plane = attached();
    link.isDown = true;
    await host.clock.advance(10 * 60_000);
    // Half a minute at most between two attempts and a quarter at least, once it has backed off.
    expect(link.attempts).toBeGreaterThan(600 / 30);
    expect(link.attempts).toBeLessThan(600 / 15 + 10);
    link.isDown = false;
    await plane.close({ withinMs: 100 });
  });

  it('is sent again when control neither takes nor refuses it', async () => {
    const plane = attached();
    link.isSilent = true;
    await host.clock.advance(1_000);
    expect(link.attempts).toBe(1);
    await host.clock.advance(9_000);
    expect(link.attempts).toBe(1);
    link.isSilent = false;
    await host.clock.advance(10_000);
    expect(link.batches[0]?.sequence).toBe(1);
    await plane.close({ withinMs: 100 });
  });

  it('is sent without its causes when control refuses it, so that the counts arrive', async () => {
    const plane = attached();
    const warnings: string[] = [];
    host.warn = (words) => void warnings.push(words);
    plane.seam('a').record(observe(plane, 'mismatch'));
    link.refuses = ({ signatures }) => signatures.length > 0;
    await plane.flush();
    expect(link.batches).toEqual([]);
    await plane.flush();
    expect(link.batches).toMatchObject([{ sequence: 1, signatures: [], pairs: [] }]);
    expect(link.batches[0]?.strata[0]?.tally.verdicts.mismatch).toBe(1);
    expect(warnings).toEqual([
      'Control refuses evidence (no): it is sent again without its causes.',
    ]);
    plane.seam('a').record(observe(plane, 'match'));
    await plane.flush();
    expect(link.batches[1]).toMatchObject({ sequence: 2 });
    expect(plane.reportFailures).toBe(0);
  });

  it('is never dropped when its counts are refused, which is said once', async () => {
    const plane = attached();
    const warnings: string[] = [];
    host.warn = (words) => void warnings.push(words);
    plane.seam('a').record(observe(plane, 'match'));
    link.refuses = () => true;
    for (let i = 0; i < 5; i += 1) await plane.flush();
    expect(warnings).toHaveLength(1);
    expect(plane.reportFailures).toBe(5);
    link.refuses = () => false;
    await plane.flush();
    expect(link.batches).toMatchObject([{ sequence: 1 }]);
    expect(link.batches[0]?.strata[0]?.tally.verdicts.match).toBe(1);
  });

  it('survives a link that throws', async () => {
    const broken = Object.assign(new ScriptedLink(), {
      report: () => {
        throw new Error('broken link');
      },
    });
    const plane = new Plane({ host, link: broken });
    await plane.flush();
    expect(plane.reportFailures).toBe(1);
    await plane.close({ withinMs: 100 });
  });

  it('is sent one last time at the end, with what was seen since the last batch', async () => {
    const plane = attached();
    plane.seam('a').record(observe(plane, 'match'));
    await plane.close({ withinMs: 100 });
    expect(link.batches).toMatchObject([{ strata: [{ tally: { verdicts: { match: 1 } } }] }]);
    expect(link.isSubscribed).toBe(false);
    expect(host.clock.pending).toBe(0);
    expect(host.held).toBe(0);
  });

  it('does not hold up the end beyond its bound when control is silent', async () => {
    const plane = attached();
    link.isSilent = true;
    const closed = plane.close({ withinMs: 50 });
    expect(host.held).toBe(1);
    await host.clock.advance(50);
    await closed;
    expect(host.held).toBe(0);
  });

  it('carries health once per report, and the hits and probes of whoever owns the plane', async () => {
    const plane = attached();
    const report = {
      side: 'candidate',
      at: 1,
      isHealthy: true,
      build: 'c',
      because: null,
    } as const;
    plane.noteHealth({ ...report, isHealthy: false });
    plane.noteHealth(report);
    plane.countLegacyHits(3);
    plane.countLegacyProbes(1);
    plane.seam('a').legacyHits += 2;
    await host.clock.advance(2_000);
    expect(link.batches).toMatchObject([
      { health: [report], legacyHits: 5, legacyProbes: 1 },
      { health: [], legacyHits: 0, legacyProbes: 0 },
    ]);
    await plane.close({ withinMs: 100 });
  });

  it('vouches for both sides where they run in the process, and proves its counter alive', async () => {
    const plane = attached();
    let unwell: string | null = null;
    plane.seam('a').vouchForProcess(() => unwell);
    plane.seam('a').legacyHits += 2;
    await plane.flush();
    unwell = 'shadow runs never end';
    await plane.flush();
    const sides = link.batches.map(({ health }) =>
      health.map((h) => [h.side, h.isHealthy, h.because]),
    );
    expect(sides).toEqual([
      [
        ['legacy', true, null],
        ['candidate', true, null],
      ],
      [
        ['legacy', true, null],
        ['candidate', false, 'shadow runs never end'],
      ],
    ]);
    expect(link.batches).toMatchObject([
      { legacyHits: 2, legacyProbes: 1 },
      { legacyHits: 0, legacyProbes: 1 },
    ]);
    await plane.close({ withinMs: 100 });
  });
});

describe('an accepted cause', () => {
  const shape = differenceShape(finding('a'));
  const accepting = (over: Parameters<typeof snapshotWith>[0] = {}) =>
    snapshotWith({
      version: 2,
      epoch: 2,
      accepted: [{ seam: 'a', id: 'a', shapes: [shape] }],
      ...over,
    });
  const verdictsOf = async (plane: Plane): Promise<unknown> => {
    await plane.flush();
    return link.batches.flatMap(({ strata }) => strata.map(({ tally }) => tally.verdicts));
  };

  it('is counted as accepted from the epoch on in which it was accepted', async () => {
    const plane = attached();
    link.push(accepting());
    plane.seam('a').record(observe(plane, 'mismatch', { isCritical: true }));
    expect(await verdictsOf(plane)).toMatchObject([{ accepted: 1, mismatch: 0 }]);
  });

  it('excuses nothing that was asked before it was accepted', async () => {
    const plane = attached();
    link.push(snapshotWith({ version: 1, epoch: 1 }));
    const early = observe(plane, 'mismatch');
    link.push(accepting());
    plane.seam('a').record(early);
    expect(await verdictsOf(plane)).toMatchObject([{ accepted: 0, mismatch: 1 }]);
  });

  it('excuses neither another cause beside it nor the same one at another seam', async () => {
    const plane = attached();
    link.push(accepting());
    plane.seam('a').record(observe(plane, 'mismatch', { findings: [finding('a'), finding('b')] }));
    plane.seam('b').record(observe(plane, 'mismatch'));
    expect(await verdictsOf(plane)).toMatchObject([{ mismatch: 1 }, { mismatch: 1 }]);
  });

  it('of another shape is a mismatch again', async () => {
    const plane = attached();
    link.push(accepting({ accepted: [{ seam: 'a', id: 'a', shapes: ['another shape'] }] }));
    plane.seam('a').record(observe(plane, 'mismatch'));
    expect(await verdictsOf(plane)).toMatchObject([{ mismatch: 1 }]);
  });
});

describe('the retreat of a plane', () => {
  const alarm = (plane: Plane, times = 10, over: Partial<Observation> = {}): void => {
    for (let i = 0; i < times; i += 1) plane.seam('a').record(observe(plane, 'mismatch', over));
  };

  it('takes everything back to legacy when answers regress, before control knows', async () => {
    const plane = attached();
    link.push(shift({ percent: 100 }));
    const before = plane.generation;
    alarm(plane, 3, { stratum: 'gold' });
    expect(plane.retreat).toBeNull();
    alarm(plane, 1, { stratum: 'gold' });
    expect(plane.router('read').sideOf({ key: 'k', pin: 'candidate' })).toBe('legacy');
    expect(plane.router('write').sideOf({ key: 'k', pin: null })).toBe('legacy');
    expect(plane.router('read').isCompared).toBe(true);
    expect(plane.generation).not.toBe(before);
    await host.clock.advance(0);
    expect(link.batches).toMatchObject([
      {
        retreat: {
          seam: 'a',
          stratum: 'gold',
          step: 3,
          because: expect.stringMatching(
            /^regression alarm \(statistic [\d,]+, limit 1,000,000,000\)$/,
          ),
        },
      },
    ]);
    await plane.close({ withinMs: 100 });
  });

  it('is repeated in every batch, and lasts until control answers with another step', async () => {
    const plane = attached();
    link.push(shift({ version: 5, step: 3 }));
    alarm(plane);
    await host.clock.advance(2_000);
    expect(link.batches.length).toBeGreaterThan(1);
    expect(link.batches.every((batch) => batch.retreat?.step === 3)).toBe(true);
    link.push(shift({ version: 6, step: 3 }));
    expect(plane.snapshot.version).toBe(6);
    expect(plane.retreat).not.toBeNull();
    expect(plane.router('read').sideOf({ key: 'k', pin: null })).toBe('legacy');
    link.push(shift({ version: 7, step: 4, percent: 100 }));
    expect(plane.retreat).toBeNull();
    expect(plane.router('read').sideOf({ key: 'k', pin: null })).toBe('candidate');
    await plane.close({ withinMs: 100 });
  });

  it('begins each step with its alarm at rest', () => {
    const plane = attached();
    link.push(shift({ version: 5, step: 3 }));
    alarm(plane, 3);
    link.push(shift({ version: 6, step: 4 }));
    alarm(plane, 3);
    expect(plane.retreat).toBeNull();
    alarm(plane, 1);
    expect(plane.retreat).not.toBeNull();
  });

  it('is not brought about by what an earlier step saw', () => {
    const plane = attached();
    link.push(shift({ version: 5, step: 3 }));
    const { position } = plane;
    link.push(shift({ version: 6, step: 4 }));
    alarm(plane, 20, { position });
    expect(plane.retreat).toBeNull();
  });

  it.each(['shadow', 'turnover', 'inert'] as const)(
    'does not exist in %s, where no share can be taken back',
    (stage) => {
      const plane = attached();
      link.push(snapshotWith({ stage, topology: 'separate', version: 5, step: 3 }));
      alarm(plane, 20);
      for (let i = 0; i < 50; i += 1) plane.seam('a').countServed('candidate', true);
      expect(plane.retreat).toBeNull();
    },
  );

  it.each(['match', 'timeout', 'shed', 'both_error', 'transient'] as const)(
    'is not brought about by %s',
    (verdict) => {
      const plane = attached();
      link.push(shift());
      for (let i = 0; i < 1_000; i += 1) plane.seam('a').record(observe(plane, verdict));
      expect(plane.retreat).toBeNull();
    },
  );

  it('needs one critical mismatch only', () => {
    const plane = attached();
    link.push(shift());
    alarm(plane, 1, { isCritical: true });
    expect(plane.retreat).toMatchObject({ because: 'a critical mismatch' });
  });

  it('watches each stratum by itself: what is rare is not drowned by what is frequent', () => {
    const plane = attached();
    link.push(shift());
    for (let i = 0; i < 20_000; i += 1) {
      plane.seam('a').record(observe(plane, 'match', { stratum: 'common' }));
    }
    alarm(plane, 4, { stratum: 'rare' });
    expect(plane.retreat).toMatchObject({ stratum: 'rare' });
  });

  it('is brought about by callers of the candidate who get errors, though nothing is compared', () => {
    const plane = attached();
    link.push(shift());
    const seam = plane.seam('a');
    for (let i = 0; i < 1_000; i += 1) seam.countServed('candidate', false);
    for (let i = 0; i < 20; i += 1) seam.countServed('candidate', true);
    expect(plane.retreat).toMatchObject({
      stratum: '',
      because: expect.stringContaining('callers of the candidate get errors'),
    });
  });

  it('is not brought about by a candidate that fails as legacy does', () => {
    const plane = attached();
    link.push(shift());
    const seam = plane.seam('a');
    for (let i = 0; i < 20_000; i += 1) {
      seam.countServed('legacy', i % 20 === 0);
      seam.countServed('candidate', i % 20 === 10);
    }
    expect(plane.retreat).toBeNull();
  });

  it('is reported outside of the request that set it off', async () => {
    const request = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const watching = Object.assign(new ScriptedLink(), {
      report: async () => void seen.push(request.getStore()),
    });
    const plane = new Plane({ host, link: watching });
    watching.push(shift());
    request.run('request 7', () => {
      for (let i = 0; i < 20; i += 1) plane.seam('a').countServed('candidate', true);
      expect(seen).toEqual([]);
    });
    await host.clock.advance(2_000);
    expect(plane.retreat).not.toBeNull();
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.every((store) => store === undefined)).toBe(true);
    await plane.close({ withinMs: 100 });
  });

  it('does not fill memory when every call has a stratum of its own', () => {
    const plane = attached();
    link.push(shift());
    for (let i = 0; i < 3_000; i += 1) alarm(plane, 1, { stratum: `s${i}` });
    expect(plane.retreat).toMatchObject({ stratum: '(other strata)' });
  });
});

describe('the summary of a seam', () => {
  it('adds up what was seen, by stratum, also after the evidence has gone to control', async () => {
    const plane = attached();
    link.push(snapshotWith({ version: 3 }));
    const seam = plane.seam('a');
    seam.record(observe(plane, 'match'));
    seam.record(observe(plane, 'mismatch', { findings: [finding('a'), finding('b')] }));
    await host.clock.advance(1_000);
    expect(seam.summary().signatures).toHaveLength(2);
    seam.record(observe(plane, 'mismatch', { stratum: 'gold' }));
    const { epoch, strata, signatures } = seam.summary();
    expect(epoch).toBe(1);
    expect(strata.map(({ stratum, tally }) => [stratum, tally.verdicts.mismatch])).toEqual([
      ['', 1],
      ['gold', 1],
    ]);
    expect(signatures.map(({ id, count }) => [id, count])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
    await plane.close({ withinMs: 100 });
  });

  it('begins anew with each epoch, and takes nothing from an earlier one', () => {
    const plane = attached();
    link.push(snapshotWith({ version: 3, epoch: 1 }));
    const late = observe(plane, 'mismatch');
    plane.seam('a').record(late);
    link.push(snapshotWith({ version: 4, epoch: 2 }));
    plane.seam('a').record(observe(plane, 'match'));
    plane.seam('a').record(late);
    const { epoch, strata, signatures } = plane.seam('a').summary();
    expect({ epoch, signatures }).toEqual({ epoch: 2, signatures: [] });
    expect(strata).toMatchObject([{ tally: { verdicts: { match: 1, mismatch: 0 } } }]);
  });

  it('is one and the same for every seam of one name', () => {
    const plane = attached();
    expect(plane.seam('a')).toBe(plane.seam('a'));
    expect(plane.seam('a')).not.toBe(plane.seam('b'));
  });
});
