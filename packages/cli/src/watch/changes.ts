import { healthOf, shareWords } from '@falsework/client/words';
import { formatCounted, formatDuration } from '@falsework/core/text';
import type { View, Watched } from './view.ts';

/**
 * What is new against the view before, one line each, for where nothing can be drawn over: logs and
 * pipes. Figures that move all the time are no change; what they lead to is. Pure.
 */
export function changeLines(before: View | null, after: View): string[] {
  if (after.silent !== null) {
    if (before !== null && before.silent !== null) return [];
    return [`STALE: control at ${after.url} does not answer: ${after.silent.because}`];
  }
  const silence = before?.silent;
  const back = silence
    ? [`control answers again after ${formatDuration((after.heardAt ?? 0) - silence.since)}`]
    : [];
  const known = new Map(before?.migrations.map((each) => [each.status.name, each]));
  const gone = [...known.keys()].filter(
    (name) => !after.migrations.some(({ status }) => status.name === name),
  );
  return [
    ...back,
    ...after.migrations.flatMap((watched) => {
      const { name } = watched.status;
      const lines = changesOf(known.get(name) ?? null, watched);
      return lines.map((line) => `${name}: ${line}`);
    }),
    ...gone.map((name) => `${name}: is not there any more`),
  ];
}

function changesOf(before: Watched | null, { status, decision, data }: Watched): string[] {
  const is = factsOf({ status, decision, data });
  const was = before === null ? null : factsOf(before);
  if (was === null) return [`${is.standing}, ${is.days}`, ...firstWords({ status, data })];
  const lines: string[] = [];
  if (is.version !== was.version && decision !== null) {
    lines.push(`${decision.because} (${decision.by})`);
  }
  if (is.standing !== was.standing) lines.push(is.standing);
  if (is.health !== was.health) lines.push(healthOf(status).words);
  if (is.days !== was.days) lines.push(is.days);
  if (is.authority !== was.authority) lines.push(is.authority);
  if (is.differs !== was.differs) lines.push(is.differs ? 'the stores differ' : 'the stores agree');
  if (is.dead !== was.dead)
    lines.push(is.dead ? 'rows were refused' : 'no row is refused any more');
  return lines;
}

function firstWords({ status, data }: Pick<Watched, 'status' | 'data'>): string[] {
  const { authority } = factsOf({ status, decision: null, data });
  return [healthOf(status).words, ...(data === null ? [] : [authority])];
}

function factsOf({ status, data }: Watched) {
  const { version, stage, daysLeft } = status;
  const days =
    daysLeft < 0
      ? `${formatCounted(-daysLeft, 'day')} OVER its end`
      : `${formatCounted(daysLeft, 'day')} left`;
  const authority = data?.authority ?? null;
  return {
    version,
    standing: `in ${stage}, ${shareWords(status)} served by the candidate`,
    health: healthOf(status).health,
    days,
    authority: authority === null ? 'no store takes writes' : `${authority} takes the writes`,
    differs: (data?.divergence?.rows ?? 0) > 0,
    dead: (data?.drain?.deadLetters ?? 0) > 0,
  };
}
