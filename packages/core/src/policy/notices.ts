/** Something that people may want to be told of. */
export type NoticeKind = NoticeEvent | NoticeCondition;

/** A decision: it happened, and is said once. */
export type NoticeEvent = 'retreat' | 'decision';

/** What holds for a while: it is said when it begins, and again when it has ended. */
export type NoticeCondition =
  | 'mismatch'
  | 'gate'
  | 'interlock'
  | 'divergence'
  | 'dead-letters'
  | 'reverse-feed'
  | 'overrun'
  | 'stale'
  | 'approval';

/** One row of the table of notices. Configuration, notifier and docs read the same rows. */
export interface NoticeRow<Kind extends NoticeKind = NoticeKind> {
  readonly kind: Kind;
  readonly severity: 'info' | 'incident';
  /** A headline for people. */
  readonly title: string;
  /** The headline when it has ended. */
  readonly ended: string;
  /** For how long it must hold before it is said, in milliseconds. */
  readonly forMs: number;
}

// Gates of a young step swing while their first counts come in; a minute of the same answer is an
// answer. Everything else is proven, or old, by the time that it is true.
const SWINGING_MS = 60_000;

/** What happens once. */
const NOTICE_EVENTS: readonly NoticeRow<NoticeEvent>[] = [
  {
    kind: 'retreat',
    severity: 'incident',
    title: 'Falsework retreated to legacy',
    ended: '',
    forMs: 0,
  },
  { kind: 'decision', severity: 'info', title: 'a decision was taken', ended: '', forMs: 0 },
];

/** What holds for a while. */
export const NOTICE_CONDITIONS: readonly NoticeRow<NoticeCondition>[] = [
  {
    kind: 'mismatch',
    severity: 'incident',
    title: 'answers differ more than the policy allows',
    ended: 'answers keep the limit again',
    forMs: 0,
  },
  {
    kind: 'gate',
    severity: 'info',
    title: 'a gate refuses the next step',
    ended: 'no gate refuses the next step any more',
    forMs: SWINGING_MS,
  },
  {
    kind: 'interlock',
    severity: 'incident',
    title: 'shadows are stopped: a dry run was not honoured',
    ended: 'shadows run again',
    forMs: 0,
  },
  {
    kind: 'divergence',
    severity: 'incident',
    title: 'the stores differ',
    ended: 'the stores agree again',
    forMs: 0,
  },
  {
    kind: 'dead-letters',
    severity: 'incident',
    title: 'writes wait for a person',
    ended: 'no write waits for a person any more',
    forMs: 0,
  },
  {
    kind: 'reverse-feed',
    severity: 'incident',
    title: 'rollback is not safe',
    ended: 'rollback is safe again',
    forMs: 0,
  },
  {
    kind: 'overrun',
    severity: 'incident',
    title: 'the deletion date has passed',
    ended: 'it is at its end',
    forMs: 0,
  },
  {
    kind: 'stale',
    severity: 'incident',
    title: 'evidence is stale',
    ended: 'evidence comes in again',
    forMs: 0,
  },
  {
    kind: 'approval',
    severity: 'info',
    title: 'a person is asked for',
    ended: 'nobody is asked for any more',
    forMs: 0,
  },
];

/** Every kind of notice, for whoever chooses among them. */
export const NOTICE_KINDS: readonly NoticeKind[] = [...NOTICE_EVENTS, ...NOTICE_CONDITIONS].map(
  ({ kind }) => kind,
);

/** The row of one kind. */
export function noticeRow(kind: NoticeKind): NoticeRow {
  const row = [...NOTICE_EVENTS, ...NOTICE_CONDITIONS].find((each) => each.kind === kind);
  if (!row) throw new TypeError(`There is no notice named ${kind}.`);
  return row;
}
