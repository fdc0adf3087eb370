import type { DataHeard, MigrationStatus } from '@falsework/client/contract';
import {
  type Health,
  healthOf,
  missingWords,
  nextWords,
  shareWords,
} from '@falsework/client/words';
import type { Instant } from '@falsework/core/ports';
import { formatCount, formatCounted, formatDuration } from '@falsework/core/text';
import type { painter } from '../terminal/terminal.ts';
import type { Line } from './screen.ts';
import type { View, Watched } from './view.ts';

type Paint = ReturnType<typeof painter>;

const PAINTS: Readonly<Record<Health, Parameters<Paint>[0]>> = {
  well: 'green',
  waiting: 'cyan',
  held: 'yellow',
  trouble: 'red',
  overdue: 'red',
};

/** The overview as lines: every migration, and whether what is shown is of now. Pure. */
export function overviewLines(view: View, now: Instant, paint: Paint, columns: number): Line[] {
  const migrations = view.migrations.flatMap((watched) => [
    { text: '' },
    ...migrationLines(watched, { now: view.heardAt ?? now, paint, columns }),
  ]);
  return [headLine(view, now, paint), ...migrations];
}

function headLine({ url, heardAt, silent, migrations }: View, now: Instant, paint: Paint): Line {
  if (silent !== null) {
    const what = heardAt === null ? 'nothing was heard yet' : `as of ${timeOf(heardAt)}`;
    const ago = formatDuration(now - silent.since);
    const text = `STALE, ${what}: control at ${url} is silent for ${ago} (${silent.because})`;
    return { text, paint: (line) => paint(['inverse', 'red'], line) };
  }
  const text = `${formatCounted(migrations.length, 'migration')} · ${url} · ${timeOf(now)}`;
  return { text, paint: (line) => paint('dim', line) };
}

interface Drawing {
  readonly now: Instant;
  readonly paint: Paint;
  readonly columns: number;
}

function migrationLines(watched: Watched, { now, paint, columns }: Drawing): Line[] {
  const { status, decision, data } = watched;
  const { health, words } = healthOf(status);
  const since = formatDuration(now - status.stepSince);
  const share = `${shareWords(status)} served by the candidate for ${since}`;
  const missing = missingWords(status, now);
  return [
    { text: stageLine(status, columns), paint: (line) => paint('bold', line) },
    { text: `  ${share} · ${status.owner} · ${daysText(status)}` },
    { text: `  ${words}`, paint: (line) => paint(PAINTS[health], line) },
    { text: `  ${plain(nextWords(status))}` },
    ...(missing === null ? [] : [{ text: `  ${plain(missing)}` }]),
    ...(data === null ? [] : [{ text: `  ${dataText(data, now)}` }]),
    ...(decision === null
      ? []
      : [{ text: `  last: ${timeOf(decision.at)} ${decision.by}: ${decision.because}` }]),
  ];
}

// Backticks set names apart where letters are all there is; here they would only be noise.
function plain(words: string): string {
  return words.replaceAll('`', '');
}

/** The walk with the present stage marked; only its neighbourhood where it does not fit. */
export function stageLine({ name, walk, stage }: MigrationStatus, columns: number): string {
  const at = walk.indexOf(stage);
  const marked: readonly string[] = walk.map((each) => (each === stage ? `[${each}]` : each));
  for (let around = walk.length; around >= 0; around -= 1) {
    const from = Math.max(0, at - around);
    const shown = marked.slice(from, at + around + 1);
    const before = from > 0 ? ['…'] : [];
    const after = at + around + 1 < walk.length ? ['…'] : [];
    const line = `${name}  ${[...before, ...shown, ...after].join(' → ')}`;
    if (line.length <= columns || around === 0) return line;
  }
  return name;
}

function daysText({ daysLeft }: MigrationStatus): string {
  return daysLeft < 0
    ? `${formatCounted(-daysLeft, 'day')} OVER its end`
    : `${formatCounted(daysLeft, 'day')} left`;
}

/** The data side in one line: who takes writes, how far behind, and what differs. */
function dataText(data: DataHeard, now: Instant): string {
  const { authority, drain, divergence, backfill, reverse, reportedAt } = data;
  const takes = authority === null ? 'a switch is under way' : `${authority} takes writes`;
  const parts = [`data: ${takes}`];
  if (backfill !== null && !backfill.isComplete) {
    const share = backfill.rowsTotal === 0 ? 0 : backfill.rowsCopied / backfill.rowsTotal;
    parts.push(`backfill ${Math.floor(share * 100)} %`);
  }
  if (drain !== null) {
    const rows = drain.lagRows === 0 ? '' : ` (${formatCounted(drain.lagRows, 'row')})`;
    parts.push(`lag ${formatDuration(drain.lagMs)}${rows}`);
    if (drain.deadLetters > 0) parts.push(`${formatCount(drain.deadLetters)} DEAD LETTERS`);
  }
  if (divergence !== null) {
    const rows = formatCounted(divergence.rows, 'row');
    parts.push(`${rows} ${divergence.rows === 0 ? 'differ' : 'DIFFER'}`);
  }
  if (reverse !== null) parts.push(reverse.deadBecause === null ? 'fed back' : 'way back DEAD');
  return [...parts, `heard ${formatDuration(Math.max(0, now - reportedAt))} ago`].join(' · ');
}

/** The time of day, in UTC like everything that is logged. */
function timeOf(at: Instant): string {
  return `${new Date(at).toISOString().slice(11, 19)}Z`;
}
