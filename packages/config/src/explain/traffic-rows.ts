import type { SideSettings, TrafficSettings } from '../settings.ts';
import { durationText, sizeText } from '../units/index.ts';

const ANY = '(any)';
const NO_TLS = '(no TLS)';

/** A setting by its place, and what is in force there. */
interface TrafficRow {
  readonly at: readonly string[];
  readonly value: string;
}

/** What callers and sides may do, a row for each setting. */
export function trafficRows(settings: TrafficSettings): readonly TrafficRow[] {
  const { tls, limits, sides, shadowsCarryCredentials } = settings;
  const rows: readonly (readonly [string, string])[] = [
    ['tls.cert', tls?.cert ?? NO_TLS],
    ['tls.key', tls?.key ?? NO_TLS],
    ['tls.minVersion', tls?.minVersion ?? NO_TLS],
    ['forwarded', settings.forwarded],
    ['limits.head', sizeText(limits.headBytesMax)],
    ['limits.body', limits.bodyBytesMax === null ? ANY : sizeText(limits.bodyBytesMax)],
    ['limits.headTimeout', durationText(limits.headTimeoutMs)],
    ['limits.bodyTimeout', durationText(limits.bodyTimeoutMs)],
    ['limits.idleTimeout', durationText(limits.idleTimeoutMs)],
    ['limits.answerTimeout', orAny(limits.answerTimeoutMs, durationText)],
    ['limits.totalTimeout', orAny(limits.totalTimeoutMs, durationText)],
    ['limits.connections', orAny(limits.connectionsMax, String)],
    ...sideRows('legacy', sides.legacy),
    ...sideRows('candidate', sides.candidate),
    ['shadowsCarryCredentials', String(shadowsCarryCredentials)],
  ];
  return rows.map(([path, value]) => ({ at: ['guard', ...path.split('.')], value }));
}

function sideRows(
  side: 'legacy' | 'candidate',
  { ca, verify, headers, requestsMax, shadowsMax }: SideSettings,
): readonly (readonly [string, string])[] {
  const usual = side === 'legacy' ? ANY : '(any but internal ones)';
  return [
    [`sides.${side}.ca`, ca ?? '(the system’s)'],
    [`sides.${side}.verify`, String(verify)],
    [`sides.${side}.headers.allow`, headers?.allow?.join(', ') ?? usual],
    [`sides.${side}.headers.deny`, headers?.deny?.join(', ') ?? '(none)'],
    [`sides.${side}.requests`, orAny(requestsMax, String)],
    [`sides.${side}.shadows`, String(shadowsMax)],
  ];
}

function orAny(value: number | null, text: (value: number) => string): string {
  return value === null ? ANY : text(value);
}
