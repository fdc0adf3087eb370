import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder } from '../../test/journal-fixtures.ts';
import { type Findings, runCampaign } from '../../test/write-proof/campaign.ts';
import { commandGuard, moduleGuard } from '../../test/write-proof/guard-kinds.ts';
import type { PlantedFault } from '../../test/write-proof/guard-process.ts';

const campaign = (kills: number, seed: number, fault: PlantedFault): Promise<Findings> =>
  runCampaign({
    folder: join(emptyFolder(), 'proof'),
    kills,
    seed,
    kind: moduleGuard,
    fault,
    // With a fault some writes never come to their end, and that need not be waited for.
    ...(fault === 'none' ? {} : { patienceMs: 1_500 }),
  });

// A killed process leaves to the system what it has written, so a journal without any sync passes
// here, too: that nothing is promised before it is synced, journal.test.ts shows.
describe('a guard that is killed under load, without warning', () => {
  it('loses no acknowledged write, applies none twice, and keeps the order of every key', async () => {
    const { figures, ...broken } = await campaign(8, 20_261_121, 'none');
    expect(broken).toEqual({ lost: [], doubled: [], onOneSide: [], disordered: [], open: [] });
    expect(figures.kills).toBe(8);
    expect(figures.acknowledged).toBeGreaterThan(20);
  }, 120_000);
});

// `npm run soak -- writes` kills it a hundred times.
describe('`falsework guard` that is killed under load, without warning', () => {
  it('loses no acknowledged write, applies none twice, and keeps the order of every key', async () => {
    const folder = join(emptyFolder(), 'proof');
    const campaigned = { folder, kills: 4, seed: 20_261_122, kind: commandGuard };
    const { figures, ...broken } = await runCampaign(campaigned);
    expect(broken).toEqual({ lost: [], doubled: [], onOneSide: [], disordered: [], open: [] });
    expect(figures.acknowledged).toBeGreaterThan(10);
  }, 120_000);
});

// Were one of these to pass, the test above would prove nothing.
describe('the proof notices a guard', () => {
  it.each<[string, PlantedFault, keyof Omit<Findings, 'figures'>]>([
    ['that journals a write only after the authority has it', 'intent-late', 'onOneSide'],
    ['that notes the outcome before the authority has answered', 'outcome-early', 'onOneSide'],
    ['that takes a new key for every attempt', 'key-per-attempt', 'doubled'],
    ['that does not keep the order of a key', 'order-broken', 'disordered'],
  ])(
    '%s',
    async (_what, fault, finding) => {
      const findings = await campaign(4, 7, fault);
      expect(findings[finding]).not.toEqual([]);
    },
    120_000,
  );
});
