// The demo: an order service is replaced under live traffic, from the first comparison to the
// deleted legacy code. Real processes, real requests; what is planted is listed in
// services/candidate/rules.ts.
import { parseArgs } from 'node:util';
import { formatCount } from '@falsework/core/text';
import { Narrator } from './story/narrator.ts';
import { StageSet } from './story/stage-set.ts';
import { tellStory } from './story/story.ts';

const { values } = parseArgs({
  options: {
    headless: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`npm start                          the story, live in this terminal
npm start -- --headless            the story, line by line
npm start -- --headless --json     the same, and its result as JSON in the last line`);
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
try {
  set.prepare();
  const summary = await Promise.race([tellStory(set, narrator), interrupted]);
  narrator.done();
  if (values.json) console.log(JSON.stringify(summary));
  else {
    console.log(`
legacy is struck. ${formatCount(summary.requests)} requests: ${summary.answersChanged} answers changed, ${summary.callerErrors} errors.
${formatCount(summary.comparisons)} comparisons, ${summary.signatures} causes found and fixed, ${summary.rollbacks} rollback after ${summary.observationsToRollback} observations.

Look further:
  the log of decisions   ${set.folder}/.falsework/state.db  (falsework decisions)
  the configuration      examples/orders/falsework.config.ts
  the documentation      docs/`);
  }
  if (summary.answersChanged > 0 || summary.callerErrors > 0) exitCode = 1;
} catch (error) {
  narrator.done();
  console.error(error instanceof Error ? error.message : error);
  exitCode = 1;
} finally {
  await set.strike();
}
process.exit(exitCode);
