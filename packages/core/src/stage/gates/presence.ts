import { formatCount, formatCounted, formatDuration, formatList } from '../../text/format.ts';
import type { Gate } from '../gate.ts';
import { fail, hold, invalid, pass } from './verdicts.ts';

// A plane silent for this many stale periods is taken for gone; until then it may still route by an
// old snapshot.
const GONE_AFTER_PERIODS = 5;

/**
 * At least one plane reports, and every plane that may still be serving routes by the present
 * snapshot.
 */
export const planesLive: Gate = ({ evidence, policy, state, now }) => {
  const title = 'planes are connected and current';
  const { staleAfterMs } = policy;
  const known = evidence.planes.filter((p) => now - p.seenAt <= GONE_AFTER_PERIODS * staleAfterMs);
  const live = known.filter((plane) => now - plane.seenAt <= staleAfterMs);
  const detail = `${formatCounted(live.length, 'plane')} live`;
  if (live.length === 0)
    return invalid('planes-live', { title, detail }, 'a guard or a seam that reports');
  const silent = known.find((plane) => now - plane.seenAt > staleAfterMs);
  if (silent) {
    const ago = formatDuration(now - silent.seenAt);
    return hold('planes-live', { title, detail }, `${silent.id}, silent for ${ago}`);
  }
  const behind = live.filter((plane) => plane.snapshotVersion !== state.version);
  if (behind.length === 0) return pass('planes-live', { title, detail });
  const names = formatList(behind.map((plane) => plane.id));
  return hold('planes-live', { title, detail }, `${names} to take snapshot ${state.version}`);
};

/** The candidate was seen healthy, not long ago. */
export const candidateHealth: Gate = ({ evidence, policy, now }) => {
  const title = 'candidate is deployed and healthy';
  const report = evidence.health.candidate;
  if (!report) {
    return invalid(
      'candidate-health',
      { title, detail: 'never seen' },
      'a health check that answers',
    );
  }
  const ago = formatDuration(now - report.at);
  if (now - report.at > policy.staleAfterMs) {
    return invalid(
      'candidate-health',
      { title, detail: `last seen ${ago} ago` },
      'a fresh health check',
    );
  }
  if (!report.isHealthy) {
    const detail = report.because ?? 'the health check failed';
    return fail('candidate-health', { title, detail }, 'a healthy candidate');
  }
  return pass('candidate-health', {
    title,
    detail: `build ${report.build ?? 'unnamed'}, seen ${ago} ago`,
  });
};

/**
 * Nobody has called legacy for long enough, and the counter that says so is proven alive by probes.
 */
export const legacySilent: Gate = ({ evidence, policy, now }) => {
  const title = `no call reached legacy for ${formatDuration(policy.legacySilenceMs)}`;
  const traffic = evidence.legacyTraffic;
  if (!traffic) {
    return invalid('legacy-silent', { title, detail: 'not counted' }, 'a plane that counts calls');
  }
  const { lastProbeAt, probes } = traffic;
  if (lastProbeAt === null || now - lastProbeAt > policy.staleAfterMs) {
    const detail = `${formatCounted(probes, 'probe')} counted, none lately`;
    return invalid('legacy-silent', { title, detail }, 'a probe that proves the counter alive');
  }
  const silentMs = now - (traffic.lastHitAt ?? traffic.countingSince);
  const detail = `silent for ${formatDuration(silentMs)}, counter alive (${formatCount(probes)} probes)`;
  if (silentMs >= policy.legacySilenceMs) return pass('legacy-silent', { title, detail });
  return hold(
    'legacy-silent',
    { title, detail },
    `${formatDuration(policy.legacySilenceMs - silentMs)} more of silence`,
  );
};

/** The legacy code is gone from the source tree. */
export const legacyCode: Gate = ({ evidence, policy, now, state }) => {
  const title = 'legacy code is deleted';
  const scan = evidence.legacyCode;
  if (!scan || scan.scannedAt < state.stageSince || now - scan.scannedAt > policy.legacySilenceMs) {
    const needs = 'a scan of the source tree: `falsework check --report`';
    return invalid('legacy-code', { title, detail: 'not scanned since the seal' }, needs);
  }
  const detail = `${formatCounted(scan.files, 'file')} left`;
  if (scan.files === 0) return pass('legacy-code', { title, detail });
  return hold('legacy-code', { title, detail }, `${formatCounted(scan.files, 'file')} deleted`);
};
