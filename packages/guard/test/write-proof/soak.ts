// Kills a guard under load, many times, and says whether a write was lost or applied twice:
// npm run soak -- writes [--minutes 10] [--plant intent-late]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCampaign } from './campaign.ts';
import { commandGuard, moduleGuard } from './guard-kinds.ts';
import type { PlantedFault } from './guard-process.ts';

// A kill takes about two seconds: the guard starts, serves, and dies.
const KILLS_PER_MINUTE = 10;

/**
 * Kills the real `falsework guard`, ten times for each minute, so that the ten minutes of a soak are
 * a hundred kills. With something planted it is the module alone that is killed: the command has no
 * place for faults.
 */
export async function run({
  minutes,
  plant,
}: {
  readonly minutes: number;
  readonly plant: string | null;
}): Promise<{ readonly figures: Readonly<Record<string, number>>; readonly found: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'falsework-writes-'));
  const kills = minutes * KILLS_PER_MINUTE;
  const seed = Date.now() % 1_000_000;
  const fault = (plant ?? 'none') as PlantedFault;
  console.log(`${kills} kills, seed ${seed}, planted fault: ${fault}`);
  const onKill = (count: number): void => {
    if (count % KILLS_PER_MINUTE === 0) console.log(`${count} kills`);
  };
  const kind = plant === null ? commandGuard : moduleGuard;
  try {
    const campaign = { folder, kills, seed, kind, fault, onKill };
    const { figures, ...broken } = await runCampaign(campaign);
    const found = Object.entries(broken).flatMap(([what, list]) =>
      list.length === 0 ? [] : [`${what}: ${list.length}, such as ${list.slice(0, 3).join(', ')}`],
    );
    return { figures, found };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
