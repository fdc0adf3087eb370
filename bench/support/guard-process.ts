// A guard of a bench, in front of two ports. Its shadowing is switched by the bench while it runs,
// so that both halves of a comparison are measured on one and the same process. `guard-process.ts
// LEGACY_PORT CANDIDATE_PORT`

import { DEFAULT_POLICY } from '@falsework/core/policy';
import type { ControlLink } from '@falsework/core/ports';
import type { Snapshot } from '@falsework/core/routing';
import { startGuard } from '@falsework/guard';
import { serve } from './child.ts';

const [legacy, candidate] = process.argv.slice(2);
let take: (snapshot: Snapshot) => void = () => {};
let version = 0;

/** Control as the guard hears it: says what is shadowed, and takes the evidence. */
const link: ControlLink = {
  subscribe: (told) => {
    take = told;
    return () => {};
  },
  report: () => Promise.resolve(),
};

function tell(isShadowing: boolean): void {
  version += 1;
  const { shadow, latency, mismatch, alarm } = DEFAULT_POLICY;
  take({
    migration: 'bench',
    version,
    issuedAt: Date.now(),
    stage: 'shadow',
    topology: 'shared',
    percent: 0,
    cohortKeys: [],
    salt: 'bench',
    epoch: 1,
    step: 1,
    accepted: [],
    shadow: { ...shadow, sample: isShadowing ? shadow.sample : 0 },
    latency,
    alarm: { rateOk: mismatch.rateMax, threshold: alarm.threshold },
  });
}

const guard = await startGuard({
  legacy: `http://127.0.0.1:${legacy}`,
  candidate: `http://127.0.0.1:${candidate}`,
  port: 0,
  link,
  namesSide: false,
});
serve({ port: guard.port }, (question: { isShadowing?: boolean }) => {
  if (question.isShadowing === undefined) return guard.report();
  tell(question.isShadowing);
  return {};
});
