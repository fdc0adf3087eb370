const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
  { name: 's', ms: 1_000 },
] as const;

/** A whole number with thousands separated, the same in every locale: `12,408`. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A number of things: `1 row`, `12,408 rows`. */
export function formatCounted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A rate between 0 and 1 as a percentage with two significant digits: `0.035 %`. */
export function formatRate(rate: number): string {
  const percent = rate * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  // More digits near 100 %, where the distance to 100 is what people read.
  if (percent > 99) return `${(100 - Number((100 - percent).toPrecision(2))).toFixed(2)} %`;
  return `${Number(percent.toPrecision(2))} %`;
}

/** A length of time in its two largest units: `3 h 12 min`, `84 ms`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.max(0, Math.round(durationMs))} ms`;
  let restMs = Math.round(durationMs / 1_000) * 1_000;
  const parts: string[] = [];
  for (const unit of UNITS) {
    const count = Math.floor(restMs / unit.ms);
    if (count === 0 && parts.length === 0) continue;
    restMs -= count * unit.ms;
    if (count > 0) parts.push(`${count} ${unit.name}`);
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break;
  }
  return parts.join(' ');
}

/** A few items in words, the rest counted: `a, b, c and 4 more`. */
export function formatList(items: readonly string[], shown = 3): string {
  const named = items.slice(0, shown).join(', ');
  return items.length > shown ? `${named} and ${items.length - shown} more` : named;
}
