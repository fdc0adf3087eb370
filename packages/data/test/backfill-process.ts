// A backfill in a process of its own, to be killed: `node backfill-process.ts LEGACY CANDIDATE`.
// Prints one line of JSON per event.
import { systemClock } from '@falsework/system';
import { runBackfill } from '../src/backfill/run-backfill.ts';
import { openDatabase } from '../src/postgres/database.ts';
import { feedFor } from './stores.ts';

const [legacyUrl = '', candidateUrl = ''] = process.argv.slice(2);
const legacy = openDatabase({ url: legacyUrl, label: 'legacy' });
const candidate = openDatabase({ url: candidateUrl, label: 'candidate' });
const close = async (): Promise<void> => {
  await legacy.close();
  await candidate.close();
};
const feed = await feedFor({ legacy, candidate, close }, { tables: { entries: { to: 'ledger' } } });
const { outcome } = await runBackfill(feed, {
  clock: systemClock,
  chunks: { rowsMax: 500, targetMs: 50 },
  onEvent: ({ kind }) => console.log(JSON.stringify({ kind })),
});
console.log(JSON.stringify({ outcome }));
await close();
