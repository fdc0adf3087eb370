const TIMESTAMP =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const DURATION = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;
// From the year 1 to the end of the year 9999, in seconds since 1970.
const SECONDS_MIN = -62_135_596_800;
const SECONDS_MAX = 253_402_300_799;
// About 10,000 years: the range that protobuf gives a Duration.
const DURATION_SECONDS_MAX = 315_576_000_000;

/**
 * A Timestamp in UTC, with no, three, six or nine digits of a fraction. `undefined` when it is
 * none.
 */
export function canonicalTimestamp(text: string): string | undefined {
  const [, local = '', fraction = '', zone = ''] = TIMESTAMP.exec(text) ?? [];
  const localMs = Date.parse(`${local}Z`);
  // `Date.parse` takes the 30th of February for the 2nd of March.
  if (!Number.isFinite(localMs) || new Date(localMs).toISOString().slice(0, 19) !== local) {
    return undefined;
  }
  const seconds = localMs / 1_000 - offsetSeconds(zone);
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) return undefined;
  const utc = new Date(seconds * 1_000).toISOString().slice(0, 19);
  return `${utc}${fractionOf(fraction)}Z`;
}

/** A Duration with no, three, six or nine digits of a fraction. `undefined` when it is none. */
export function canonicalDuration(text: string): string | undefined {
  const parts = DURATION.exec(text);
  if (parts === null) return undefined;
  const [, sign = '', whole = '', digits = ''] = parts;
  const seconds = Number(whole);
  const fraction = fractionOf(digits);
  if (seconds > DURATION_SECONDS_MAX) return undefined;
  if (seconds === DURATION_SECONDS_MAX && fraction !== '') return undefined;
  // Nothing is not negative.
  const isZero = seconds === 0 && fraction === '';
  return `${isZero ? '' : sign}${seconds}${fraction}s`;
}

function offsetSeconds(zone: string): number {
  if (zone === 'Z') return 0;
  const [hours = 0, minutes = 0] = zone.slice(1).split(':').map(Number);
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3_600 + minutes * 60);
}

function fractionOf(digits: string): string {
  const meant = digits.replace(/0+$/, '');
  if (meant === '') return '';
  return `.${meant.padEnd(Math.ceil(meant.length / 3) * 3, '0')}`;
}
