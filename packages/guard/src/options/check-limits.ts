import { fault } from '@falsework/core/errors';
import { readPem } from '../http/certificate.ts';
import { DEFAULT_SIDE, type SideOptions, type SideSettings } from '../sides/side-settings.ts';
import { checkNumber, type Range } from './check-number.ts';
import type { Limits } from './limits.ts';

const LONGEST = 2 ** 31 - 1;
const BYTES: Range = { low: 1, high: Number.MAX_SAFE_INTEGER, isWhole: true };
// A head is held in memory as a whole; below a kilobyte hardly any browser could ask for anything.
const HEAD_BYTES: Range = { low: 1_024, high: 1_024 * 1_024, isWhole: true };
const TIMER: Range = { low: 1, high: LONGEST, isWhole: true };
const COUNT: Range = { low: 1, high: LONGEST, isWhole: true };

/** Fills in what was left out of a side's settings. Throws FW_GUARD_TLS and FW_GUARD_OPTION. */
export function sideOptions(given: SideSettings = {}, { answerTimeoutMs }: Limits): SideOptions {
  const { ca, ...rest } = given;
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { ...DEFAULT_SIDE, ...known, ca: ca ? readPem(ca) : null, answerTimeoutMs };
}

/** Throws FW_GUARD_OPTION for what no limit can be. */
export function checkLimits(
  limits: Limits,
  sides: Readonly<Record<'legacy' | 'candidate', SideOptions>>,
): void {
  checkNumber('limits.headBytesMax', limits.headBytesMax, HEAD_BYTES);
  checkNumber('limits.bodyBytesMax', limits.bodyBytesMax, BYTES);
  for (const name of TIMERS) checkNumber(`limits.${name}`, limits[name], TIMER);
  checkNumber('limits.connectionsMax', limits.connectionsMax, COUNT);
  for (const [side, { requestsMax, shadowsMax, headers }] of Object.entries(sides)) {
    checkNumber(`sides.${side}.requestsMax`, requestsMax, COUNT);
    checkNumber(`sides.${side}.shadowsMax`, shadowsMax, COUNT);
    checkNames(`sides.${side}.headers.allow`, headers.allow);
    checkNames(`sides.${side}.headers.deny`, headers.deny);
  }
}

const TIMERS = [
  'headTimeoutMs',
  'bodyTimeoutMs',
  'idleTimeoutMs',
  'answerTimeoutMs',
  'totalTimeoutMs',
] as const satisfies readonly (keyof Limits)[];

// The characters of a name are those of RFC 9110, token; a star in the middle would mean itself.
const NAME = /^[A-Za-z0-9!#$%&'+\-.^_`|~]{1,256}\*?$/;

function checkNames(option: string, names: readonly string[] = []): void {
  for (const name of names) {
    if (NAME.test(name)) continue;
    const expected = 'names of headers, or how they begin, such as x-internal-*';
    throw fault('FW_GUARD_OPTION', { option, got: JSON.stringify(name), expected });
  }
}
