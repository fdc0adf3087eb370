import type { WireCause } from '@falsework/client/contract';
import { formatCount } from '@falsework/core/text';
import type { painter } from '../terminal/terminal.ts';

type Paint = ReturnType<typeof painter>;

const HOURS_SHOWN = 12;
const BARS = ' ▁▂▃▄▅▆▇█';

/** One cause in a few lines: how often, where, what, since when, and what is known of it. */
export function causeLines(cause: WireCause, paint: Paint): string[] {
  const { record, state, acceptance, proposal, note } = cause;
  const id = paint('bold', `#${record.id.slice(0, 4)}`);
  const what = `${record.template}  ${record.kind}`;
  const trend = trendOf(record.hours);
  const lines = [
    `${id}  ${formatCount(record.count)}×  ${record.seam}  ${what}  ${state}  ${trend}`.trimEnd(),
    `       first ${moment(record.firstAt)}, last ${moment(record.lastAt)}${strataWords(record.strata)}`,
  ];
  const example = record.samples.at(-1);
  if (example) {
    lines.push(`       legacy    ${example.legacy}`);
    lines.push(`       candidate ${example.candidate}   at ${example.path}`);
  }
  if (proposal && !acceptance)
    lines.push(`       rule      ${proposal.rule}  (${proposal.because})`);
  if (acceptance) {
    const until = new Date(acceptance.expiresAt).toISOString().slice(0, 10);
    lines.push(
      `       accepted  until ${until} by ${acceptance.acceptedBy}, ${acceptance.owner} owns it: ${acceptance.reason}`,
    );
  }
  if (note)
    lines.push(
      `       note      ${note.text} (${note.by}${note.owner ? `; ${note.owner} looks after it` : ''})`,
    );
  return lines;
}

/**
 * The counts of the last hours as a line of bars, so that rising and fading are seen without
 * reading.
 */
function trendOf(hours: WireCause['record']['hours']): string {
  const last = hours.slice(-HOURS_SHOWN).map(([, count]) => count);
  const most = Math.max(...last, 1);
  if (last.length < 2) return '';
  return last.map((count) => BARS[Math.ceil((count / most) * (BARS.length - 1))] ?? '').join('');
}

function strataWords(strata: readonly string[]): string {
  const named = strata.filter((stratum) => stratum !== '');
  return named.length === 0 ? '' : `, in ${named.join(', ')}`;
}

/** A moment as people compare them: to the second, in UTC. */
function moment(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
