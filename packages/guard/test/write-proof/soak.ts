// Kills a guard under load, many times, and says whether a write was lost or applied twice:
// node --conditions=falsework-source packages/guard/test/write-proof/soak.ts [KILLS] [SEED] [FAULT]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCampaign } from './campaign.ts';
import type { PlantedFault } from './guard-process.ts';

const kills = Number(process.argv[2] ?? 100);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const fault = (process.argv[4] ?? 'none') as PlantedFault;
const folder = mkdtempSync(join(tmpdir(), 'falsework-writes-'));
console.log(`${kills} kills, seed ${seed}, planted fault: ${fault}`);
try {
  const onKill = (killed: number): void => {
    if (killed % 10 === 0) console.log(`${killed} kills`);
  };
  const findings = await runCampaign({ folder, kills, seed, fault, onKill });
  const { figures, ...broken } = findings;
  console.log(figures);
  for (const [what, list] of Object.entries(broken)) {
    console.log(`${what}: ${list.length}`, list.slice(0, 5));
  }
  if (Object.values(broken).some((list) => list.length > 0)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
