import { fault } from '@falsework/core/errors';
import { DEFAULT_POLICY } from '@falsework/core/policy';
import type { Side, Snapshot } from '@falsework/core/routing';
import { systemHost } from '@falsework/seam/engine';
import { INERT_SNAPSHOT, STANDALONE_SNAPSHOT } from '@falsework/seam/plane';
import { isUnix } from '../http/unix-address.ts';
import { INTERNAL_HEADERS } from '../sides/header-list.ts';
import type { SideOptions, SideSettings } from '../sides/side-settings.ts';
import { checkLimits, sideOptions } from './check-limits.ts';
import { checkNumber, type Range } from './check-number.ts';
import type { GuardOptions } from './guard-options.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { checkLoop, isUnixAddress, originOf, placeOf } from './side-address.ts';

/** Options with nothing left open. */
export type GuardSettings = Required<Omit<GuardOptions, 'link' | 'sample' | 'limits' | 'sides'>> &
  Pick<GuardOptions, 'link'> & {
    readonly limits: Limits;
    readonly sides: Readonly<Record<Side, SideOptions>>;
  };

const MIB = 1024 * 1024;

const DEFAULTS = {
  host: '127.0.0.1',
  tls: null,
  writes: null,
  fence: null,
  key: null,
  // A 404 to GET / still comes from a living service.
  health: { path: '/', okStatusMax: 499, intervalMs: 5_000, timeoutMs: 2_000 },
  buildHeader: 'falsework-build',
  routes: [],
  compare: [],
  redact: [],
  shadowsCarryCredentials: false,
  forwarded: 'private',
  headers: ['content-type', 'location'],
  maxBodyBytes: MIB,
  candidateTimeoutMs: 1_000,
  // Sixty-four of the longest bodies at once: what a small container can spare.
  captureBytesMax: 64 * MIB,
  system: systemHost,
} as const satisfies Partial<GuardOptions>;

/**
 * Checks options and fills in what was left out. Throws FW_GUARD_URL, FW_GUARD_SIDES_EQUAL,
 * FW_GUARD_LOOP or FW_GUARD_OPTION.
 */
export function checkOptions({ sample, ...given }: GuardOptions): GuardSettings {
  const legacy = originOf('legacy', given.legacy);
  const candidate = originOf('candidate', given.candidate);
  if (placeOf(legacy) === placeOf(candidate))
    throw fault('FW_GUARD_SIDES_EQUAL', { origin: legacy });
  const options = { ...DEFAULTS, ...withoutUndefined(given), legacy, candidate };
  const limits = { ...DEFAULT_LIMITS, ...withoutUndefined(given.limits ?? {}) };
  const sides = {
    legacy: sideOptions(given.sides?.legacy, limits),
    candidate: sideOptions(withoutInternal(given.sides?.candidate), limits),
  };
  checkNumbers(options, sample);
  checkLimits(limits, sides);
  if (isUnix(options.host) && !isUnixAddress(options.host)) {
    const expected = 'unix: and an absolute path of at most 107 bytes';
    throw fault('FW_GUARD_OPTION', { option: 'host', got: options.host, expected });
  }
  checkLoop(options);
  if (options.writes === null && options.routes.some(({ effects }) => effects === 'follow')) {
    const expected = 'the folder of the journal and more, because a route has the effect follow';
    throw fault('FW_GUARD_OPTION', { option: 'writes', got: 'nothing', expected });
  }
  return {
    ...options,
    limits,
    sides,
    headers: options.headers.map((name) => name.toLowerCase()),
    buildHeader: options.buildHeader.toLowerCase(),
    snapshot: options.snapshot ?? firstSnapshot(options, sample),
    namesSide: options.namesSide ?? options.link !== undefined,
  };
}

/**
 * With a control that has not spoken yet, nothing is moved and nothing compared; alone, reads are,
 * at the usual rate.
 */
function firstSnapshot({ link }: Pick<GuardOptions, 'link'>, sample: number | undefined): Snapshot {
  if (link !== undefined) return INERT_SNAPSHOT;
  const { shadow } = DEFAULT_POLICY;
  return { ...STANDALONE_SNAPSHOT, shadow: { ...shadow, sample: sample ?? shadow.sample } };
}

const PORT: Range = { low: 0, high: 65_535, isWhole: true };
const SHARE: Range = { low: 0, high: 1, isWhole: false };
// The longest delay that a timer can have.
const TIMER: Range = { low: 1, high: 2 ** 31 - 1, isWhole: true };
const BYTES: Range = { low: 1, high: 2 ** 31 - 1, isWhole: true };

function checkNumbers(options: Omit<GuardOptions, 'sample'>, sample: number | undefined): void {
  const { health, port, maxBodyBytes, candidateTimeoutMs, captureBytesMax } = options;
  checkNumber('port', port, PORT);
  checkNumber('sample', sample, SHARE);
  checkNumber('maxBodyBytes', maxBodyBytes, BYTES);
  checkNumber('captureBytesMax', captureBytesMax, BYTES);
  checkNumber('candidateTimeoutMs', candidateTimeoutMs, TIMER);
  checkNumber('health.intervalMs', health?.intervalMs, TIMER);
  checkNumber('health.timeoutMs', health?.timeoutMs, TIMER);
}

/** The candidate's settings, where internal headers do not pass unless its own lists say so. */
function withoutInternal(given: SideSettings = {}): SideSettings {
  return { ...given, headers: given.headers ?? { deny: INTERNAL_HEADERS } };
}

/** An option given as undefined is an option left out. */
function withoutUndefined<Options extends object>(options: Options): Options {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Options;
}
