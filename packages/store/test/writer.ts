// A process that writes to a store until it is killed, and says what was acknowledged. Arguments:
// address, plane.
import { writeSync } from 'node:fs';
import type { ControlStore } from '@falsework/core/ports';
import { batchOf, caused, nextCommit, ORDERS, seen, taking } from '@falsework/testkit/contracts';
import { openStore } from '../src/index.ts';

const [address = '', plane = ''] = process.argv.slice(2);

/** What a plane reports each time: the test knows the sums. */
function report(sequence: number): ReturnType<typeof batchOf> {
  return batchOf(plane, sequence, {
    strata: [
      seen({ stratum: 'gold', verdicts: { match: 3 } }),
      seen({ stratum: 'silver', verdicts: { mismatch: 2 } }),
    ],
    signatures: [caused('a41f', sequence)],
    legacyProbes: 1,
  });
}

// Written at once and not through a stream: what stands in a buffer when the process is killed was
// never said.
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

async function decide(store: ControlStore): Promise<void> {
  const commit = await nextCommit(store, plane);
  if ((await store.commit(commit)) === 'committed') say(`decided ${commit.state.version}`);
}

const store = await openStore(address);
say('ready');
for (let sequence = 1; ; sequence += 1) {
  await decide(store);
  if (await store.ingest(ORDERS, report(sequence), taking())) say(`reported ${sequence}`);
}
