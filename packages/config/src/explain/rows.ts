import type { Rule } from '@falsework/core/compare';
import { NOTICE_KINDS, type Policy } from '@falsework/core/policy';
import { formatCounted, formatList } from '@falsework/core/text';
import type { KeySource } from '../key-source.ts';
import type { SettingPath } from '../problems.ts';
import type { EnvReference, FileReference } from '../references.ts';
import type {
  ControlSettings,
  GuardSettings,
  Migration,
  NotifySettings,
  RouteSettings,
  SeamSettings,
} from '../settings.ts';
import { durationText, rateText, sizeText } from '../units/index.ts';
import { dataRows } from './data-rows.ts';
import { grpcRows } from './grpc-rows.ts';
import { trafficRows } from './traffic-rows.ts';
import { routeWriteRows, writeRows } from './write-rows.ts';

/** A setting in force as text, and the setting that decides it where it is not set itself. */
export interface Row {
  readonly at: SettingPath;
  readonly value: string;
  readonly elseAt?: SettingPath;
}

const NONE = '(none)';
const SET = '(set)';

/** The settings of one migration, in the order of the configuration. */
export function migrationRows(migration: Migration): readonly Row[] {
  const { guard, policy, seams, cohorts } = migration;
  return [
    { at: ['name'], value: migration.name },
    { at: ['owner'], value: migration.owner },
    { at: ['deleteBy'], value: lastDayText(migration.deleteBy) },
    { at: ['money'], value: String(policy.money) },
    { at: ['store'], value: migration.topology },
    ...(guard === null ? [] : guardRows(guard, policy)),
    ...dataRows(migration.data),
    ...Object.entries(seams).flatMap(([name, seam]) => paceRows(['seams', name], seam, policy)),
    ...Object.entries(cohorts).map(([name, keys]) => ({
      at: ['cohorts', name],
      value: formatCounted(keys.length, 'key'),
    })),
    ...policyRows(policy),
    { at: ['legacyCode'], value: listText(migration.legacyCode) },
    { at: ['longTail'], value: listText(migration.longTail) },
    { at: ['notify'], value: listText(migration.notify.map(({ kind }) => kind)) },
    ...migration.notify.flatMap(notifyRows),
  ];
}

/**
 * The settings of control. Neither the token nor a database URL, which may hold a password, is
 * shown.
 */
export function controlRows(control: ControlSettings): readonly Row[] {
  const { url, host, port, store, token, tokens } = control;
  return [
    // Unless it is set, the address follows the port.
    { at: ['control', 'url'], value: url, elseAt: ['control', 'port'] },
    { at: ['control', 'host'], value: host },
    { at: ['control', 'port'], value: String(port) },
    { at: ['control', 'store'], value: store.kind === 'sqlite' ? store.file : SET },
    { at: ['control', 'token'], value: token === null ? '(made at start)' : SET },
    ...tokens.flatMap(({ name, role, secret }): Row[] => {
      const at = ['control', 'tokens', name];
      return [
        { at: [...at, 'role'], value: role },
        { at: [...at, 'secret'], value: whereabouts(secret) },
      ];
    }),
  ];
}

/** A target of notices: where it is and what it is sent may be secret, so neither is shown. */
function notifyRows({ kind, url, on, headers, token }: NotifySettings, i: number): readonly Row[] {
  const at = ['notify', i];
  const whence = typeof url === 'string' ? SET : whereabouts(url);
  const secrets = [...Object.keys(headers), ...(token === null ? [] : ['authorization'])];
  return [
    { at: [...at, kind], value: whence },
    { at: [...at, 'on'], value: on.length === NOTICE_KINDS.length ? '(everything)' : listText(on) },
    { at: [...at, 'headers'], value: listText(secrets) },
  ];
}

function whereabouts(secret: EnvReference | FileReference): string {
  const from = secret.from === 'env' ? `the variable ${secret.name}` : secret.file;
  return `(read from ${from} when control starts)`;
}

function guardRows(guard: GuardSettings, policy: Policy): readonly Row[] {
  const { health } = guard;
  const at = (...path: string[]): SettingPath => ['guard', ...path];
  return [
    { at: at('legacy'), value: guard.legacy },
    { at: at('candidate'), value: guard.candidate },
    { at: at('port'), value: String(guard.port) },
    { at: at('host'), value: guard.host },
    { at: at('workers'), value: String(guard.workers) },
    { at: at('key'), value: keyText(guard.key) },
    { at: at('health', 'path'), value: `${health.path} (200 to ${health.okStatusMax})` },
    { at: at('health', 'interval'), value: durationText(health.intervalMs) },
    { at: at('health', 'timeout'), value: durationText(health.timeoutMs) },
    { at: at('build', 'header'), value: guard.buildHeader },
    ...guard.routes.flatMap((route) => routeRows(route, guard, policy)),
    { at: at('compare'), value: rulesText(guard.compare) },
    { at: at('redact'), value: listText(guard.redact) },
    { at: at('headers'), value: listText(guard.headers) },
    { at: at('maxBody'), value: sizeText(guard.maxBodyBytes) },
    ...writeRows(guard.writes),
    ...trafficRows(guard),
    ...grpcRows(guard, policy),
  ];
}

function routeRows(route: RouteSettings, guard: GuardSettings, policy: Policy): readonly Row[] {
  const at = ['guard', 'routes', route.seam];
  const critical = route.critical === true ? 'every mismatch' : listText(route.critical);
  return [
    { at: [...at, 'effects'], value: route.effects },
    { at: [...at, 'compare'], value: rulesText(route.compare), elseAt: ['guard', 'compare'] },
    { at: [...at, 'redact'], value: listText(route.redact), elseAt: ['guard', 'redact'] },
    { at: [...at, 'key'], value: keyText(route.key), elseAt: ['guard', 'key'] },
    { at: [...at, 'stratum'], value: keyText(route.stratum) },
    {
      at: [...at, 'shadowsCarryCredentials'],
      value: String(route.shadowsCarryCredentials ?? guard.shadowsCarryCredentials),
      elseAt: ['guard', 'shadowsCarryCredentials'],
    },
    {
      at: [...at, 'maxBody'],
      value: sizeText(route.maxBodyBytes ?? guard.maxBodyBytes),
      elseAt: ['guard', 'maxBody'],
    },
    { at: [...at, 'critical'], value: critical },
    ...routeWriteRows(route),
    ...paceRows(at, route, policy),
  ];
}

/** How often and how patiently one seam is shadowed: its own words, else the policy's. */
function paceRows(at: SettingPath, seam: SeamSettings, { shadow }: Policy): readonly Row[] {
  const sample = rateText(seam.sample ?? shadow.sample);
  const timeout = durationText(seam.timeoutMs ?? shadow.timeoutMs);
  return [
    { at: [...at, 'sample'], value: sample, elseAt: ['policy', 'shadow', 'sample'] },
    { at: [...at, 'timeout'], value: timeout, elseAt: ['policy', 'shadow', 'timeout'] },
  ];
}

function policyRows(policy: Policy): readonly Row[] {
  const { window, latency, shadow } = policy;
  const rows: readonly [string, string][] = [
    ['mismatch.rateMax', rateText(policy.mismatch.rateMax)],
    ['mismatch.confidence', rateText(policy.mismatch.confidence)],
    ['coverage.rateMin', rateText(policy.coverage.rateMin)],
    ['transient.rateMax', rateText(policy.transient.rateMax)],
    ['window.comparisons', String(window.comparisons)],
    ['window.cycle', durationText(window.cycleMs)],
    ['latency.slowerRatioMax', rateText(latency.slowerRatioMax)],
    ['latency.slowerMax', durationText(latency.slowerMsMax)],
    ['latency.pairsRateMin', rateText(latency.pairsRateMin)],
    ['errors.ratioMax', String(policy.errors.ratioMax)],
    ['errors.perHourMax', String(policy.errors.perHourMax)],
    ['alarm.threshold', String(policy.alarm.threshold)],
    ['shadow.sample', rateText(shadow.sample)],
    ['shadow.noiseSample', rateText(shadow.noiseSample)],
    ['shadow.timeout', durationText(shadow.timeoutMs)],
    ['shadow.queueMax', String(shadow.queueMax)],
    ['shadow.concurrency', String(shadow.concurrency)],
    ['shadow.recheckAfter', durationText(shadow.recheckAfterMs)],
    ['ramp', rampText(policy)],
    ['rampHold', durationText(policy.ramp.holdMs)],
    ['soak', durationText(policy.soakMs)],
    ['burnIn', durationText(policy.burnInMs)],
    ['legacySilence', durationText(policy.legacySilenceMs)],
    ['staleAfter', durationText(policy.staleAfterMs)],
    ['automatic', listText(policy.automatic)],
  ];
  return [
    ...rows.map(([path, value]) => ({ at: ['policy', ...path.split('.')], value })),
    ...approvalRows(policy),
    { at: ['policy', 'strata'], value: strataText(policy) },
  ];
}

function approvalRows({ approvals, money }: Policy): readonly Row[] {
  return (['turnover', 'seal', 'strike'] as const).map((stage) => ({
    at: ['policy', 'approvals', stage],
    // Core asks for one name wherever the policy does not say.
    value: String(approvals[stage] ?? 1),
    ...(money && stage !== 'strike' ? { elseAt: ['money'] } : {}),
  }));
}

/** The ramp as it is written: what each step adds to the one before. */
function rampText({ ramp }: Policy): string {
  const rungs = ramp.steps.map((step, i) => {
    const before = ramp.steps[i - 1];
    return step.percent === (before?.percent ?? 0) ? step.cohorts.at(-1) : step.percent;
  });
  return rungs.join(', ');
}

function strataText({ strata }: Policy): string {
  const rules = strata.map(({ seam, stratum, rateMax }) => {
    const limit = rateMax === null ? 'waived' : rateText(rateMax);
    return `${seam}${stratum === '' ? '' : ` · ${stratum}`}: ${limit}`;
  });
  return listText(rules);
}

function keyText(source: KeySource | null): string {
  return source === null ? NONE : `${source.from} ${source.name}`;
}

function rulesText(rules: readonly Rule[]): string {
  return listText(rules.map(({ rule, path }) => `${rule} ${path}`));
}

function listText(items: readonly string[]): string {
  return items.length === 0 ? NONE : formatList(items, 10);
}

/** The day whose end the instant is. */
function lastDayText(endsAt: number): string {
  return new Date(endsAt - 1).toISOString().slice(0, 10);
}
