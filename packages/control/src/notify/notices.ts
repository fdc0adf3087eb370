import { NOTICE_CONDITIONS, type NoticeCondition, noticeRow } from '@falsework/core/policy';
import type { Instant, Told } from '@falsework/core/ports';
import type { Decision, MigrationState } from '@falsework/core/stage';
import { formatCounted } from '@falsework/core/text';
import type { Notice, NotifyTarget } from './target.ts';

/** Whether a condition holds, since when, and what was last said of it while it did. */
interface Watched {
  readonly holds: boolean;
  readonly since: Instant;
  readonly text: string;
}

/** Every condition of a migration as this process has seen it. */
export type Watch = ReadonlyMap<NoticeCondition, Watched>;

/** Nothing was looked at yet. */
export const NOTHING_WATCHED: Watch = new Map();

// What goes away for less than this has not gone: recovery notes in between would be noise.
const SETTLED_MS = 60_000;

/** The watch after one more look. Pure. */
export function observe(
  watch: Watch,
  present: ReadonlyMap<NoticeCondition, string>,
  now: Instant,
): Watch {
  return new Map(
    NOTICE_CONDITIONS.map(({ kind }) => {
      const before = watch.get(kind);
      const text = present.get(kind);
      const holds = text !== undefined;
      const since = before?.holds === holds ? before.since : now;
      return [kind, { holds, since, text: text ?? before?.text ?? '' }];
    }),
  );
}

/** What is known when it is asked what a target is to be told. */
export interface Standing {
  readonly state: Pick<MigrationState, 'name' | 'owner' | 'version'>;
  readonly watch: Watch;
  /** Decisions behind `told.heard`, oldest first; perhaps not all of them. */
  readonly decisions: readonly Decision[];
  readonly now: Instant;
}

/** What is next: something to say, and what the target was told once it is said. */
export interface Due {
  readonly notice: Notice | null;
  readonly told: Told;
}

/**
 * The next thing to say to a target: what it was told against what is. Pure. Nothing is queued
 * anywhere: what a target could not be told is still the difference at the next look, so a target
 * that was away for a day hears what holds then, and the latest decisions.
 *
 * `resendMs`: for targets that forget what they do not hear again, how often; `null` for others.
 */
export function nextDue(
  told: Told,
  { state, watch, decisions, now }: Standing,
  { on, resendMs }: Pick<NotifyTarget, 'on'> & { readonly resendMs: number | null },
): Due {
  const said = { migration: state.name, owner: state.owner };
  let { heard } = told;
  for (const { sequence, action, because, at } of decisions) {
    if (sequence <= heard) continue;
    const kind = action === 'retreat' ? 'retreat' : 'decision';
    const skipped = sequence - heard - 1;
    heard = sequence;
    if (!on.includes(kind)) continue;
    const { severity, title } = noticeRow(kind);
    const before = skipped > 0 ? ` (${formatCounted(skipped, 'earlier decision')} in the log)` : '';
    const text = `${because}${before}`;
    const notice = { ...said, phase: 'event', kind, severity, title, text, since: at, sequence };
    return { notice: notice as Notice, told: { ...told, heard } };
  }
  const passed = { ...told, heard };
  for (const row of NOTICE_CONDITIONS) {
    if (!on.includes(row.kind)) continue;
    const due = dueCondition(passed, watch.get(row.kind), { kind: row.kind, now, resendMs });
    if (due === null) continue;
    const { severity, title, ended } = row;
    const { phase, text, since } = due;
    const headline = phase === 'ends' ? ended : title;
    const notice: Notice = {
      ...said,
      kind: row.kind,
      severity,
      title: headline,
      phase,
      text,
      since,
    };
    const others = told.standing.filter(({ kind }) => kind !== row.kind);
    const standing =
      phase === 'ends' ? others : [...others, { kind: row.kind, text, since, sentAt: now }];
    return { notice, told: { heard, standing } };
  }
  return { notice: null, told: passed };
}

interface Asked {
  readonly kind: NoticeCondition;
  readonly now: Instant;
  readonly resendMs: number | null;
}

function dueCondition(
  { standing }: Told,
  watched: Watched | undefined,
  { kind, now, resendMs }: Asked,
): { phase: 'begins' | 'stands' | 'ends'; text: string; since: Instant } | null {
  const known = standing.find((each) => each.kind === kind);
  if (watched === undefined) return null;
  const lastedMs = now - watched.since;
  if (watched.holds && known === undefined) {
    const { text, since } = watched;
    return lastedMs >= noticeRow(kind).forMs ? { phase: 'begins', text, since } : null;
  }
  if (known === undefined) return null;
  if (!watched.holds && lastedMs >= SETTLED_MS) {
    return { phase: 'ends', text: known.text, since: known.since };
  }
  const isForgotten = resendMs !== null && now - known.sentAt >= resendMs;
  // While it may have ended, it is said on: whoever forgets it early would have to be told twice.
  if (!isForgotten) return null;
  return { phase: 'stands', text: watched.holds ? watched.text : known.text, since: known.since };
}
