import { formatCount } from '@falsework/core/text';

/** How callers of one method of gRPC were answered. */
export interface StatusReport {
  readonly method: string;
  /** Calls by the name of their status, whoever answered. */
  readonly statuses: Readonly<Record<string, number>>;
}

const METHODS_MAX = 5;

/** A line for each method that was not always answered with OK, most calls first. */
export function statusLines(methods: readonly StatusReport[]): string[] {
  const rows = methods.filter(({ statuses }) =>
    Object.keys(statuses).some((code) => code !== 'OK'),
  );
  const shown = rows.slice(0, METHODS_MAX).map(({ method, statuses }) => {
    const sorted = Object.entries(statuses).sort(([, a], [, b]) => b - a);
    return `${method} answered ${sorted.map(([code, n]) => `${code} ${formatCount(n)}`).join(' · ')}`;
  });
  const more = rows.length - shown.length;
  return more > 0 ? [...shown, `and ${formatCount(more)} more with other statuses than OK`] : shown;
}
