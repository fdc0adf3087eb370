import { networkInterfaces, hostname as ownName } from 'node:os';
import { fault } from '@falsework/core/errors';
import { DEFAULT_POLICY } from '@falsework/core/policy';
import type { Side, Snapshot } from '@falsework/core/routing';
import { systemHost } from '@falsework/seam/engine';
import { INERT_SNAPSHOT, STANDALONE_SNAPSHOT } from '@falsework/seam/plane';
import type { GuardOptions } from './guard-options.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';

/** Options with nothing left open. */
export type GuardSettings = Required<Omit<GuardOptions, 'link' | 'sample' | 'limits'>> &
  Pick<GuardOptions, 'link'> & { readonly limits: Limits };

const MIB = 1024 * 1024;

const DEFAULTS = {
  host: '127.0.0.1',
  tls: null,
  key: null,
  // A 404 to GET / still comes from a living service.
  health: { path: '/', okStatusMax: 499, intervalMs: 5_000, timeoutMs: 2_000 },
  buildHeader: 'falsework-build',
  routes: [],
  compare: [],
  redact: [],
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
  checkNumbers(options, sample);
  checkLoop(options);
  return {
    ...options,
    limits: { ...DEFAULT_LIMITS, ...withoutUndefined(given.limits ?? {}) },
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

const EXPECTED_ORIGIN =
  'an origin such as http://orders-v1:8080: http or https, no path, no query, no credentials';

/** Scheme, host and port, normalised. What was given is not shown when it holds credentials. */
function originOf(side: Side, text: string): string {
  const isHttp = /^https?:\/\/[^\s\\]+$/i.test(text) && URL.canParse(text);
  const url = isHttp ? new URL(text) : null;
  const isBare = url !== null && url.username === '' && url.password === '' && !/[?#]/.test(text);
  if (isBare && url.pathname === '/' && url.port !== '0') return url.origin;
  const got = text.includes('@') ? 'an address with credentials' : JSON.stringify(text);
  throw fault('FW_GUARD_URL', { side, got, expected: EXPECTED_ORIGIN });
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** One spelling per place: the names of this machine that only it can reach are one. */
function placeOf(origin: string): string {
  const { protocol, hostname, port } = new URL(origin);
  return `${protocol}//${LOOPBACK.test(hostname) ? 'localhost' : hostname}:${port}`;
}

function checkLoop(options: Pick<GuardSettings, 'legacy' | 'candidate' | 'host' | 'port'>): void {
  const listening = listeningHosts(options.host);
  for (const side of ['legacy', 'candidate'] as const) {
    const { hostname, port, protocol } = new URL(options[side]);
    const target = Number(port || (protocol === 'https:' ? 443 : 80));
    const name = LOOPBACK.test(hostname) ? 'localhost' : hostname.replace(/^\[(.*)\]$/, '$1');
    if (target !== options.port || !listening.has(name)) continue;
    throw fault('FW_GUARD_LOOP', { side, origin: options[side] });
  }
}

/** The names under which a server on this address is reached, the loopback's as `localhost`. */
function listeningHosts(host: string): Set<string> {
  const isEverywhere = host === '0.0.0.0' || host === '::' || host === '';
  if (!isEverywhere) return new Set([LOOPBACK.test(host) || host === '::1' ? 'localhost' : host]);
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(['localhost', '0.0.0.0', '::', ownName(), ...own.map(({ address }) => address)]);
}

interface Range {
  readonly low: number;
  readonly high: number;
  readonly isWhole: boolean;
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

function checkNumber(option: string, value: number | undefined, range: Range): void {
  if (value === undefined) return;
  const { low, high, isWhole } = range;
  const isRight = (isWhole ? Number.isInteger(value) : Number.isFinite(value)) && value >= low;
  if (isRight && value <= high) return;
  const expected = `${isWhole ? 'a whole number' : 'a number'} from ${low} to ${high}`;
  throw fault('FW_GUARD_OPTION', { option, got: String(value), expected });
}

/** An option given as undefined is an option left out. */
function withoutUndefined<Options extends object>(options: Options): Options {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Options;
}
