// A shop and its rewrite behind `falsework guard`, with no configuration: what does the report say,
// and is it right? Ends with 0 only if every difference was found, and nothing else was.
import { parseArgs } from 'node:util';
import { formatCount } from '@falsework/core/text';
import { reportText } from '@falsework/guard';
import { EXPECTED, judge } from './run/expected.ts';
import { runShop } from './run/shop.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '20261120' },
    pages: { type: 'string', default: '6000' },
    json: { type: 'boolean', default: false },
  },
});

const startedMs = performance.now();
const outcome = await runShop({ seed: Number(values.seed), pages: Number(values.pages) });
const { report, callers, candidateRowsChanged, writersAlone } = outcome;
const { missing, unexpected } = judge(report);
const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
const isRight =
  missing.length + unexpected.length === 0 &&
  callers.answersChanged + callers.callerErrors + candidateRowsChanged === 0 &&
  writersAlone.firstProblem === null;

if (values.json) {
  console.log(JSON.stringify({ isRight, missing, unexpected, seconds, ...outcome }));
} else {
  console.log(reportText(report));
  console.log(`
${formatCount(callers.reads)} reads, each compared with legacy's own answer byte by byte, and ${formatCount(callers.writes)} writes:
  ${callers.answersChanged} answers changed, ${callers.callerErrors} errors, ${candidateRowsChanged} rows changed in the candidate's database (which takes ${formatCount(writersAlone.writes)} writes when asked by itself)
  ${EXPECTED.length - missing.length} of ${EXPECTED.length} planted differences found, ${unexpected.length} others, in ${seconds} s`);
  for (const { route, template, because } of EXPECTED) {
    console.log(`    ${route} ${template}: ${because}`);
  }
}
for (const each of missing) console.error(`not found: ${each}`);
for (const each of unexpected) console.error(`not expected: ${each}`);
for (const { firstProblem } of [callers, writersAlone]) {
  if (firstProblem !== null) console.error(firstProblem);
}
process.exitCode = isRight ? 0 : 1;
