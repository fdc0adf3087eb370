import { resolve } from 'node:path';
import { DEFAULT_POLICY, type Policy, strictForMoney } from '@falsework/core/policy';
import { toData } from './build-data.ts';
import { toGrpc } from './build-grpc.ts';
import { toNotify } from './build-notify.ts';
import { toTraffic } from './build-traffic.ts';
import { toWrites } from './build-writes.ts';
import { toSteps } from './checks/ramp.ts';
import { reachableHost } from './schema/addresses.ts';
import type { ControlSection } from './schema/control-schema.ts';
import type { GuardSection } from './schema/guard-schema.ts';
import type { Sections } from './schema/migration-schema.ts';
import type { PolicySection } from './schema/policy-schema.ts';
import type { ControlSettings, GuardSettings, Migration, RouteSettings } from './settings.ts';

/** Makes the settings of sections that are all valid. Nothing can go wrong here any more. */
export function toMigration(
  sections: Sections,
  routes: readonly RouteSettings[],
  directory: string,
): Migration {
  const { name, owner, deleteBy, store, seams, cohorts, legacyCode, longTail, notify } = sections;
  const policy = toPolicy(sections.policy);
  return {
    name,
    owner,
    deleteBy,
    topology: store,
    policy: sections.money ? strictForMoney(policy) : policy,
    guard:
      sections.guard === undefined ? null : toGuard(sections.guard, routes, { directory, name }),
    data: sections.data === undefined ? null : toData(sections.data),
    seams: mapValues(seams, ({ sample, timeout }) => ({
      sample: sample ?? null,
      timeoutMs: timeout ?? null,
    })),
    cohorts: mapValues(cohorts, (keys) => [...new Set(keys)]),
    legacyCode,
    longTail,
    notify: toNotify(notify, directory),
  };
}

/** Core's policy: the same settings with their units in their names. */
function toPolicy(section: PolicySection): Policy {
  const { latency, shadow, window } = section;
  return {
    mismatch: section.mismatch,
    coverage: section.coverage,
    transient: section.transient,
    window: { comparisons: window.comparisons, cycleMs: window.cycle },
    latency: {
      slowerRatioMax: latency.slowerRatioMax,
      slowerMsMax: latency.slowerMax,
      pairsRateMin: latency.pairsRateMin,
    },
    errors: section.errors,
    alarm: section.alarm,
    shadow: {
      sample: shadow.sample,
      noiseSample: shadow.noiseSample,
      timeoutMs: shadow.timeout,
      queueMax: shadow.queueMax,
      concurrency: shadow.concurrency,
      recheckAfterMs: shadow.recheckAfter,
    },
    ramp: { steps: toSteps(section.ramp), holdMs: section.rampHold },
    soakMs: section.soak,
    burnInMs: section.burnIn,
    legacySilenceMs: section.legacySilence,
    staleAfterMs: section.staleAfter,
    automatic: section.automatic,
    approvals: { ...DEFAULT_POLICY.approvals, ...given(section.approvals) },
    strata: section.strata,
    money: false,
  };
}

// A 404 to GET / still comes from a living service; above 499 it is more likely a proxy speaking
// for a dead one.
const ANY_ANSWER = { path: '/', okStatusMax: 499 };
const SUCCESS_MAX = 299;

function toGuard(
  section: GuardSection,
  routes: readonly RouteSettings[],
  { directory, name }: { readonly directory: string; readonly name: string },
): GuardSettings {
  const { legacy, candidate, host, port, health } = section;
  const asked =
    health.path === undefined ? ANY_ANSWER : { path: health.path, okStatusMax: SUCCESS_MAX };
  return {
    legacy,
    candidate,
    host,
    port,
    workers: section.workers,
    key: section.key ?? null,
    health: { ...asked, intervalMs: health.interval, timeoutMs: health.timeout },
    buildHeader: section.build.header,
    routes,
    compare: section.compare,
    redact: section.redact,
    headers: [...new Set(section.headers)],
    maxBodyBytes: section.maxBody,
    grpc: section.grpc === undefined ? null : toGrpc(section.grpc, directory),
    writes: toWrites(section, directory, name),
    ...toTraffic(section, directory),
  };
}

/**
 * Control's settings; a file of state is found from the folder of the configuration, wherever one
 * runs from.
 */
export function toControl(section: ControlSection, directory: string): ControlSettings {
  const { url, host, port, store, token, tokens } = section;
  const isUrl = /^postgres(?:ql)?:\/\//i.test(store);
  return {
    url: url ?? `http://${reachableHost(host)}:${port}`,
    host,
    port,
    store: isUrl
      ? { kind: 'postgres', url: store }
      : { kind: 'sqlite', file: resolve(directory, store) },
    token: token ?? null,
    tokens: Object.entries(tokens).map(([name, { role, secret }]) => {
      if (secret.from === 'env') return { name, role, secret };
      return { name, role, secret: { from: 'file', file: resolve(directory, secret.file) } };
    }),
  };
}

function mapValues<In, Out>(
  record: Readonly<Record<string, In>>,
  map: (value: In) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/** The same without what is undefined, which a spread would otherwise lay over a default. */
function given<Value>(record: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  const entries = Object.entries(record).filter(
    (entry): entry is [string, Value] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}
