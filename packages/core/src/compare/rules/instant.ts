import { familyOf } from '../values/family.ts';
import { isAnyNumber, numberText } from '../values/numbers.ts';

const TIME = String.raw`(\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?`;
const OFFSET = String.raw`(Z|z|[-+]\d{2}(?::?\d{2})?)?`;
// A calendar date, then perhaps a time to the minute, second or nanosecond, then perhaps an offset.
const ISO_8601 = new RegExp(String.raw`^(\d{4}-\d{2}-\d{2})(?:[Tt ]${TIME}${OFFSET})?$`);

// Below this an epoch number counts seconds, from here on milliseconds: as seconds it is the year
// 5138, as milliseconds March 1973. Services exchange neither.
const EPOCH_SECONDS_MAX = 1e11;

/**
 * True when both are instants of one representation no more than `withinMs` apart. An ISO string
 * without an offset counts as UTC; an impossible date, such as the 30th of February, is no instant.
 * Resolution is a microsecond.
 */
export function isInstantWithin(legacy: unknown, candidate: unknown, withinMs: number): boolean {
  const [a, b] = [instantOf(legacy), instantOf(candidate)];
  if (a === undefined || b === undefined || a.form !== b.form) return false;
  // Both numbers are read in one unit; else two instants around the boundary would lie fifty years
  // apart.
  const larger = Math.max(Math.abs(a.value), Math.abs(b.value));
  const unitMs = a.form === 'epoch' && larger < EPOCH_SECONDS_MAX ? 1_000 : 1;
  // Rounded to a microsecond: 0.3 - 0.2 seconds must count as 100 ms, not as 99.99999999999997.
  return Math.round(Math.abs(a.value - b.value) * unitMs * 1_000) <= withinMs * 1_000;
}

interface Instant {
  readonly form: 'iso' | 'epoch' | 'date';
  readonly value: number;
}

function instantOf(value: unknown): Instant | undefined {
  if (typeof value === 'string') return isoInstant(value);
  if (isAnyNumber(value)) return finite('epoch', Number(numberText(value)));
  if (familyOf(value) !== 'date') return undefined;
  return finite('date', Reflect.apply(Date.prototype.getTime, value, []));
}

function isoInstant(text: string): Instant | undefined {
  const [whole, date, time = '00:00', seconds = '00', fraction = '0', offset = 'Z'] =
    ISO_8601.exec(text) ?? [];
  if (whole === undefined || date === undefined) return undefined;
  const dayMs = Date.parse(`${date}T00:00:00Z`);
  // Date.parse rolls the 30th of February over into March; reading the date back shows it.
  if (Number.isNaN(dayMs) || !new Date(dayMs).toISOString().startsWith(date)) return undefined;
  const minuteMs = Date.parse(`${date}T${time}:${seconds}${offsetText(offset)}`);
  return finite('iso', minuteMs + Number(`0.${fraction}`) * 1_000);
}

function offsetText(offset: string): string {
  if (offset === 'Z' || offset === 'z') return 'Z';
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0');
  return `${offset[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

function finite(form: Instant['form'], value: number): Instant | undefined {
  return Number.isFinite(value) ? { form, value } : undefined;
}
