import type { WireCause } from '@falsework/client/contract';
import { shortIds } from '@falsework/client/words';
import { formatCount, formatList } from '@falsework/core/text';
import { columns } from '../terminal/columns.ts';
import type { painter } from '../terminal/terminal.ts';

type Paint = ReturnType<typeof painter>;

const HOURS_SHOWN = 12;
const HOUR_MS = 3_600_000;
const BARS = ' ▁▂▃▄▅▆▇█';
const ID_LENGTH_MIN = 4;
// So that a line of the list fits a terminal; `diffs show` has the rest.
const VALUE_LENGTH_MAX = 24;
const WORDS_LENGTH_MAX = 48;

/**
 * Causes as a list, one line each, under the name of their seam: how often, where, what, an
 * example, since when, how it goes, whom it touches, where it stands, and what is said of it.
 */
export function causeList(causes: readonly WireCause[], paint: Paint): string[] {
  const short = shortIds(causes.map(({ record }) => record.id));
  const cells = causes.map((cause) => {
    return [paint('bold', short.get(cause.record.id) ?? ''), ...cellsOf(cause)];
  });
  // A column in which no cause has anything would only push the next one away.
  const used = (_: string, i: number): boolean => cells.some((row) => row[i] !== '');
  const rows = columns(
    cells.map((row) => row.filter(used)),
    { right: [1] },
  );
  const lines = causes.map(({ record }, i) => ({ seam: record.seam, line: `  ${rows[i]}` }));
  return [...Map.groupBy(lines, ({ seam }) => seam)].flatMap(([seam, ofSeam]) => [
    seam,
    ...ofSeam.map(({ line }) => line),
  ]);
}

function cellsOf({ record, state, acceptance, note }: WireCause): string[] {
  const example = record.samples.at(-1);
  const values = example ? `${shown(example.legacy)} → ${shown(example.candidate)}` : '';
  const said = acceptance?.reason ?? note?.text ?? '';
  return [
    `${formatCount(record.count)}×`,
    record.template,
    record.kind,
    values,
    state,
    `first ${moment(record.firstAt).slice(0, 16)}`,
    trendOf(record.hours),
    strataWords(record.strata),
    said === '' ? '' : `“${cut(said, WORDS_LENGTH_MAX)}”`,
  ];
}

/** One cause in a few lines: how often, where, what, since when, and what is known of it. */
export function causeLines(cause: WireCause, paint: Paint): string[] {
  const { record, state, acceptance, proposal, note } = cause;
  const id = paint('bold', `#${record.id.slice(0, ID_LENGTH_MIN)}`);
  const what = `${record.template}  ${record.kind}`;
  const [trend, strata] = [trendOf(record.hours), strataWords(record.strata)];
  const indented = (name: string, words: string): string => `       ${name.padEnd(9)} ${words}`;
  const lines = [
    `${id}  ${formatCount(record.count)}×  ${record.seam}  ${what}  ${state}  ${trend}`.trimEnd(),
    indented(
      'seen',
      `first ${moment(record.firstAt)}, last ${moment(record.lastAt)}${strata === '' ? '' : `, ${strata}`}`,
    ),
  ];
  const example = record.samples.at(-1);
  if (example) {
    lines.push(
      indented(
        'at',
        example.request === null ? example.path : `${example.path}, ${example.request}`,
      ),
    );
    lines.push(indented('legacy', example.legacy), indented('candidate', example.candidate));
  }
  if (record.shapes.length > 0) lines.push(indented('shapes', record.shapes.join(' · ')));
  if (proposal && !acceptance)
    lines.push(indented('rule', `${proposal.rule}  (${proposal.because})`));
  if (acceptance)
    lines.push(...acceptanceWords(cause, acceptance).map((w) => indented('accepted', w)));
  if (note) {
    const owner = note.owner === null ? '' : `; ${note.owner} looks after it`;
    lines.push(indented('note', `${note.text} (${note.by}${owner})`));
  }
  return lines;
}

function acceptanceWords(
  { record, state }: WireCause,
  { expiresAt, acceptedBy, owner, reason, shapes }: NonNullable<WireCause['acceptance']>,
): string[] {
  const until = new Date(expiresAt).toISOString().slice(0, 10);
  const words = `until ${until} by ${acceptedBy}, ${owner} owns it: ${reason}`;
  if (state === 'accepted') return [words];
  const others = record.shapes.filter((shape) => !shapes.includes(shape));
  return [words, `but not as ${others.join(' · ')}: that counts as a difference`];
}

/**
 * The counts of the last hours as a line of bars, so that rising and fading are seen without
 * reading. An hour in which nothing came is a gap.
 */
function trendOf(hours: WireCause['record']['hours']): string {
  const lastAt = hours.at(-1)?.[0];
  if (lastAt === undefined || hours.length < 2) return '';
  const counts = new Map(hours);
  const last = Array.from({ length: HOURS_SHOWN }, (_, i) => {
    return counts.get(lastAt - (HOURS_SHOWN - 1 - i) * HOUR_MS) ?? 0;
  });
  const most = Math.max(...last);
  return last.map((count) => BARS[Math.ceil((count / most) * (BARS.length - 1))]).join('');
}

function strataWords(strata: readonly string[]): string {
  const named = strata.filter((stratum) => stratum !== '');
  return named.length === 0 ? '' : `in ${formatList(named)}`;
}

function shown(value: string): string {
  return cut(value, VALUE_LENGTH_MAX);
}

function cut(text: string, lengthMax: number): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax - 1)}…` : text;
}

/** A moment as people compare them: to the second, in UTC. */
function moment(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
