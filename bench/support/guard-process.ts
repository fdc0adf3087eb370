// A guard of a bench, in front of two ports. Its shadowing is switched by the bench while it runs,
// so that both halves of a comparison are measured on one and the same process. `guard-process.ts
// LEGACY_PORT CANDIDATE_PORT`

import { subscribe } from 'node:diagnostics_channel';
import { openSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { devNull } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DEFAULT_POLICY, type ShadowPolicy } from '@falsework/core/policy';
import type { ControlLink } from '@falsework/core/ports';
import type { Snapshot } from '@falsework/core/routing';
import { startGuard } from '@falsework/guard';
import { serve } from './child.ts';
import { OwnTime } from './own-time.ts';

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

/** What a guard of a bench can be made to do wrong, to see that it is found. */
export type Plant = 'memory' | 'descriptors' | 'answers';

/** What the process holds, once all garbage is collected. */
export interface Memory {
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly rssBytes: number;
}

/** What a guard of a bench is asked; for nothing in particular it says what it has seen. */
export interface GuardQuestion {
  /** What is to differ from the default policy from now on. */
  readonly shadow?: Partial<ShadowPolicy>;
  /** Begins or ends taking its own time, which costs some itself. */
  readonly ownTime?: 'begin' | 'end';
  readonly memory?: true;
  readonly plant?: Plant;
}

function tell(asked: Partial<ShadowPolicy>): void {
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
    shadow: { ...shadow, ...asked },
    latency,
    alarm: { rateOk: mismatch.rateMax, threshold: alarm.threshold },
  });
}

const own = new OwnTime(Number(legacy));
const guard = await startGuard({
  legacy: `http://127.0.0.1:${legacy}`,
  candidate: `http://127.0.0.1:${candidate}`,
  port: 0,
  link,
  namesSide: false,
});
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function held(): Memory {
  // Twice: what a finalizer of the first round lets go of is collected in the second.
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, externalBytes: external, rssBytes: rss };
}

// One request in so many: leaks are small when they are new.
const PLANTED_EVERY = 50;
const hoard: unknown[] = [];

/** Does something for one request in `PLANTED_EVERY`, beside what the guard does. */
function plantAt(leak: (response: ServerResponse) => void): void {
  let seen = 0;
  subscribe('http.server.request.start', (message) => {
    seen += 1;
    if (seen % PLANTED_EVERY === 0) leak((message as { response: ServerResponse }).response);
  });
}

const PLANTING: Readonly<Record<Plant, () => void>> = {
  memory: () => plantAt((response) => hoard.push(response.req.rawHeaders, Buffer.alloc(20_000))),
  descriptors: () => plantAt(() => hoard.push(openSync(devNull, 'r'))),
  answers: () => plantAt((response) => response.req.socket.destroy()),
};

serve({ port: guard.port }, ({ shadow, ownTime, memory, plant }: GuardQuestion) => {
  if (shadow !== undefined) tell(shadow);
  else if (ownTime === 'begin') own.begin();
  else if (ownTime === 'end') return own.end();
  else if (memory === true) return held();
  else if (plant !== undefined) PLANTING[plant]();
  else return guard.report();
  return {};
});
