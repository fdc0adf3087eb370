import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScriptedLink, simHost, snapshotWith } from '../../test/fixtures.ts';
import { Plane } from './plane.ts';

const event = fc.oneof(
  fc.record({ type: fc.constant('seen' as const), runs: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ type: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 15_000 }) }),
  fc.constantFrom(
    { type: 'down' as const },
    { type: 'up' as const },
    { type: 'silent' as const },
    { type: 'flush' as const },
  ),
  fc.record({ type: fc.constant('snapshot' as const), version: fc.integer({ min: 1, max: 50 }) }),
);

describe('whatever the link to control does', () => {
  it('no run is lost, none is told twice, batches have no gaps and no snapshot goes back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
        const host = simHost();
        const link = new ScriptedLink();
        const plane = new Plane({ host, link });
        let [runs, version] = [0, 0];
        const see = (): void => {
          runs += 1;
          plane.seam('a').record({
            position: plane.position,
            stratum: '',
            served: 'legacy',
            verdict: 'match',
            isCritical: false,
            legacyMs: 1,
            candidateMs: 1,
            findings: [],
            noise: null,
            pair: null,
            request: null,
          });
        };
        for (const happened of events) {
          if (happened.type === 'seen') for (let i = 0; i < happened.runs; i += 1) see();
          else if (happened.type === 'time') await host.clock.advance(happened.ms);
          else if (happened.type === 'down') link.isDown = true;
          else if (happened.type === 'silent') link.isSilent = true;
          else if (happened.type === 'up') [link.isDown, link.isSilent] = [false, false];
          else if (happened.type === 'flush') void plane.flush();
          else link.push(snapshotWith({ version: happened.version }));
          expect(plane.snapshot.version).toBeGreaterThanOrEqual(version);
          version = plane.snapshot.version;
        }
        [link.isDown, link.isSilent] = [false, false];
        await host.clock.advance(60_000);
        const told = link.batches.flatMap((batch) =>
          batch.strata.map((s) => s.tally.verdicts.match),
        );
        expect(told.reduce((a, b) => a + b, 0)).toBe(runs);
        expect(link.batches.map((batch) => batch.sequence)).toEqual(
          link.batches.map((_, i) => i + 1),
        );
        await plane.close({ withinMs: 100 });
        expect(host.clock.pending).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
