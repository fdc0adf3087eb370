import { formatCount, formatDuration } from '@falsework/core/text';
import { createLogUpdate } from 'log-update';
import type { Context } from '../context.ts';
import { note, printable } from '../terminal/terminal.ts';

/** How far something is, for people and for scripts alike. */
export interface ProgressNews {
  /** What it is about, such as a table. */
  readonly of: string;
  readonly rows: number;
  readonly estimatedRows: number;
  readonly rowsPerSecond: number;
  readonly etaMs: number | null;
}

const WIDTH = 24;

/** A bar in words: `entries  ██████░░░░  25 %  10,466,201 rows  41,203 rows/s  4 min left`. */
export function progressText({
  of,
  rows,
  estimatedRows,
  rowsPerSecond,
  etaMs,
}: ProgressNews): string {
  const share = estimatedRows === 0 ? 0 : Math.min(1, rows / estimatedRows);
  const full = Math.floor(share * WIDTH);
  const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
  const left = etaMs === null ? 'no estimate yet' : `${formatDuration(etaMs)} left`;
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  return `${of}  ${bar}  ${percent}  ${formatCount(rows)} rows  ${formatCount(rowsPerSecond)} rows/s  ${left}`;
}

/** Where what happens while something runs is told. */
export interface ProgressView {
  /** Something that lasts: a bar that is redrawn on a terminal, a JSON line elsewhere. */
  progress(news: ProgressNews): void;
  /** Something that happened: a line of its own. */
  event(kind: string, words: string, facts: Readonly<Record<string, unknown>>): void;
  /** Leaves the last bar where it stands. */
  end(): void;
}

/**
 * Tells of progress: a bar per table on a terminal, JSON lines on stdout wherever nobody looks, so
 * that a log keeps them. What is told besides the result goes to stderr for people.
 */
export function progressView(
  { terminal }: Context,
  { json = false }: { json?: boolean },
): ProgressView {
  const isDrawn = terminal.isInteractive && !json;
  // Only where it is drawn: it asks the stream for its size.
  const draw = isDrawn ? createLogUpdate(terminal.stdout as NodeJS.WriteStream) : null;
  const bars = new Map<string, string>();
  const line = (value: unknown): void => void terminal.stdout.write(`${JSON.stringify(value)}\n`);
  return {
    progress: (news) => {
      if (draw === null) return line({ event: 'progress', ...news });
      bars.set(news.of, printable(progressText(news)));
      draw([...bars.values()].join('\n'));
    },
    event: (kind, words, facts) => {
      if (isDrawn) note(terminal, words);
      else line({ event: kind, ...facts });
    },
    end: () => {
      if (bars.size > 0) draw?.done();
    },
  };
}
