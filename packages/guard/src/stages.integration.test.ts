// The stage table of the migration, seen from outside: who answers, who is asked beside it, and who
// helps out.
import { STAGES, type Topology } from '@falsework/core/stage';
import { describe, expect, it } from 'vitest';
import {
  guardBetween,
  httpService,
  ScriptedLink,
  type Service,
  snapshotWith,
} from '../test/fixtures.ts';

interface Counted extends Service {
  readonly asked: string[];
}

/** Answers its name, or fails; notes what it was asked. */
async function service(name: string, isBroken = false): Promise<Counted> {
  const asked: string[] = [];
  const made = await httpService((request, response) => {
    if (request.headers['user-agent'] === 'falsework-guard') {
      response.end();
      return;
    }
    asked.push(request.method ?? '');
    request.resume();
    response.writeHead(isBroken ? 500 : 200, { 'Content-Type': 'text/plain' });
    response.end(name);
  });
  return { ...made, asked };
}

const cases = STAGES.flatMap(({ stage, topologies, serving }) =>
  topologies.flatMap((topology) =>
    (['read', 'write'] as const).map((operation) => ({
      stage,
      topology,
      operation,
      ...serving[topology as Topology][operation],
    })),
  ),
);

describe.each(cases)('in $stage over $topology stores a $operation', (row) => {
  const { stage, topology, operation, authority, other } = row;
  // Where a share decides, everybody is in it.
  const expected = authority === 'share' ? 'candidate' : authority;
  const isCompared = operation === 'read' && other === 'compared';

  async function run(brokenCandidate: boolean) {
    const legacy = await service('same');
    const candidate = await service('same', brokenCandidate);
    const percent = ['shift', 'turnover', 'seal', 'strike'].includes(stage) ? 100 : 0;
    const alarm = { rateOk: 1e-4, threshold: Number.MAX_VALUE };
    const guard = await guardBetween(legacy, candidate, {
      link: new ScriptedLink(),
      snapshot: snapshotWith({ stage, topology, percent, alarm }),
    });
    const init = operation === 'read' ? {} : { method: 'POST', body: 'x' };
    const answers: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const answer = await fetch(`${guard.url}/orders`, init);
      answers.push(
        `${answer.headers.get('falsework-side')} ${answer.status} ${await answer.text()}`,
      );
    }
    await guard.settled();
    return { legacy, candidate, answers, report: guard.report() };
  }

  it(`is answered by ${expected}, and ${isCompared ? 'compared' : 'by nobody else'}`, async () => {
    const { legacy, candidate, answers, report } = await run(false);
    expect(answers).toEqual(Array.from({ length: 3 }, () => `${expected} 200 same`));
    const [serving, beside] = expected === 'legacy' ? [legacy, candidate] : [candidate, legacy];
    expect(serving.asked).toHaveLength(3);
    // The first one made the path known; the others are compared where the stage compares.
    expect(beside.asked).toHaveLength(isCompared ? 2 : 0);
    expect(report.compared).toBe(isCompared ? 2 : 0);
    expect(report.differing).toBe(0);
  });

  const helps = expected === 'candidate' && isCompared;
  const outcome = expected === 'legacy' || helps ? 'legacy 200 same' : 'candidate 500 same';

  it(`with a broken candidate is answered: ${outcome}`, async () => {
    const { answers, report } = await run(true);
    expect(answers).toEqual([outcome, outcome, outcome]);
    expect(report.fallbacks).toBe(helps ? 3 : 0);
  });
});
