// The worked example: a ledger moves from one PostgreSQL server and schema to another under its
// writers, through all nine stages, back once, and to the end. What is planted is listed in
// story/prove.ts.
import { parseArgs } from 'node:util';
import { formatCount } from '@falsework/core/text';
import { Narrator } from '../orders/story/narrator.ts';
import { StageSet } from './story/stage-set.ts';
import { isFlawless, tellStory } from './story/story.ts';

const { values } = parseArgs({
  options: {
    headless: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`npm run example:ledger                        the story, live in this terminal
npm run example:ledger -- --headless          the story, line by line
npm run example:ledger -- --headless --json   the same, and its result as JSON in the last line`);
  process.exit(0);
}

const narrator = new Narrator({ isHeadless: values.headless });
const set = new StageSet();
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => reject(new Error(`stopped by ${signal}`)));
  }
});

let exitCode = 0;
let result = '';
try {
  set.prepare();
  const summary = await Promise.race([tellStory(set, narrator), interrupted]);
  narrator.done();
  result = JSON.stringify(summary);
  if (!values.json) {
    console.log(`
the old ledger is struck. ${formatCount(summary.acknowledged)} writes acknowledged: ${summary.lost} lost, ${summary.duplicated} duplicated, ${summary.resurrected} resurrected.
${formatCount(summary.reads)} reads: ${summary.stale} stale, ${summary.answersChanged} changed. Balances differ by ${summary.balanceDifferenceCents} cents.
one rollback, really done, in ${summary.rollbackSeconds} s; ${formatCount(summary.decisions)} decisions on record.

Look further:
  the log of decisions   ${set.folder}/.falsework/state.db  (falsework decisions)
  the configuration      examples/ledger/falsework.config.ts
  what happened, and why docs/guides/ledger.md`);
  }
  if (!isFlawless(summary)) exitCode = 1;
} catch (error) {
  narrator.done();
  console.error(error instanceof Error ? error.message : error);
  exitCode = 1;
} finally {
  await set.strike();
}
// Last, so that nothing that ends can write behind it.
if (values.json && result !== '') console.log(result);
process.exit(exitCode);
