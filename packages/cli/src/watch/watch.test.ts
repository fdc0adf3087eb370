import type { DataHeard, DecisionLine, MigrationStatus } from '@falsework/client/contract';
import { NO_DATA_REPORT } from '@falsework/core/evidence';
import { STAGES } from '@falsework/core/stage';
import { describe, expect, it } from 'vitest';
import { FakeTerminal } from '../../test/fake-context.ts';
import { changeLines } from './changes.ts';
import { overviewLines, stageLine } from './overview.ts';
import { cut, fitted, Screen } from './screen.ts';
import type { View, Watched } from './view.ts';

const NOW = Date.UTC(2026, 0, 5, 9);
const GATE = {
  gate: 'mismatch',
  status: 'hold',
  title: 'mismatch below 0.01 %',
  detail: '0 of 10,000 differ',
  needs: 'about 25,900 more comparisons',
} as const;
const WALK = STAGES.map(({ stage }) => stage);

const status = (over: Partial<MigrationStatus> = {}): MigrationStatus =>
  ({
    name: 'orders',
    owner: 'checkout',
    version: 7,
    stage: 'shift',
    share: { percent: 10, cohorts: ['internal'] },
    stepSince: NOW - 7_200_000,
    daysLeft: 83,
    walk: WALK,
    hold: null,
    data: null,
    strata: [{ stillNeeded: 25_900, step: { compared: 222_000, differing: 0 } }],
    next: {
      stage: 'shift',
      share: { percent: 25, cohorts: ['internal'] },
      isAutomatic: true,
      gates: [GATE],
    },
    ...over,
  }) as MigrationStatus;

const decision = (over: Partial<DecisionLine> = {}): DecisionLine =>
  ({
    at: NOW - 7_200_000,
    by: 'falsework',
    because: 'share raised to 10 %: 14 gates passed',
    ...over,
  }) as DecisionLine;

const DATA: DataHeard = {
  ...(NO_DATA_REPORT as DataHeard),
  reportedAt: NOW - 1_000,
  authority: 'legacy',
  drain: { lagMs: 84, lagRows: 3, deadLetters: 0 },
  divergence: { rows: 0, zeroSince: 0, verifiedThrough: 0, canariesPlanted: 1, canariesFound: 1 },
};

const watched = (over: Partial<Watched> = {}): Watched => ({
  status: status(),
  decision: decision(),
  data: DATA,
  ...over,
});
const view = (over: Partial<View> = {}): View => ({
  url: 'http://c:8070',
  heardAt: NOW,
  silent: null,
  migrations: [watched()],
  ...over,
});
const textOf = (shown: View, columns = 120): string =>
  overviewLines(shown, NOW, (_, text) => text, columns)
    .map(({ text }) => text)
    .join('\n');

describe('the overview in a terminal', () => {
  it('says where it stands, how it does, what is next, the data side and the last decision', () => {
    expect(textOf(view(), 80)).toMatchInlineSnapshot(`
      "1 migration · http://c:8070 · 09:00:00Z

      orders  … → backfill → reconcile → shadow → [shift] → turnover → seal → strike
        internal and 10 % served by the candidate for 2 h · checkout · 83 days left
        Waiting for evidence
        It will raise the share to internal and 25 % when 1 of 1 gates pass that do not yet
        mismatch below 0.01 %: needs about 25,900 more comparisons, 14 min at this rate
        data: legacy takes writes · lag 84 ms (3 rows) · 0 rows differ · heard 1 s ago
        last: 07:00:00Z falsework: share raised to 10 %: 14 gates passed"
    `);
  });

  it('says first of all that what it shows is old', () => {
    const silent = { since: NOW - 12_000, because: 'ECONNREFUSED' };
    expect(textOf(view({ silent }))).toMatch(
      /^STALE, as of 09:00:00Z: control at http:\/\/c:8070 is silent for 12 s \(ECONNREFUSED\)\n/,
    );
    const never = view({ silent, heardAt: null, migrations: [] });
    expect(textOf(never)).toMatch(/^STALE, nothing was heard yet: /);
  });

  it('lets an overrun, a dead way back and refused rows be seen', () => {
    const data = { ...DATA, reverse: { lagRows: 1, deadBecause: 'x' } };
    const late = watched({ status: status({ daysLeft: -3 }), data });
    const drain = { lagMs: 1, lagRows: 0, deadLetters: 2 };
    const text = textOf(view({ migrations: [late, watched({ data: { ...DATA, drain } })] }));
    expect(text).toContain('3 days OVER its end');
    expect(text).toContain('way back DEAD');
    expect(text).toContain('2 DEAD LETTERS');
  });

  it('shows of a walk that does not fit what is around the present stage', () => {
    expect(stageLine(status(), 60)).toBe('orders  … → shadow → [shift] → turnover → …');
    expect(stageLine(status(), 10)).toBe('orders  … → [shift] → …');
    expect(stageLine(status({ stage: 'strike' }), 30)).toBe('orders  … → seal → [strike]');
  });
});

describe('a line per change', () => {
  const other = (over: Partial<MigrationStatus>, rest: Partial<Watched> = {}): View =>
    view({ migrations: [watched({ status: status(over), ...rest })] });

  it('begins with where everything stands', () => {
    expect(changeLines(null, view())).toEqual([
      'orders: in shift, internal and 10 % served by the candidate, 83 days left',
      'orders: Waiting for evidence',
      'orders: legacy takes the writes',
    ]);
  });

  it('is silent while nothing changes but the figures', () => {
    const more = other({ strata: [] }, { data: { ...DATA, reportedAt: NOW, drain: null } });
    expect(changeLines(view(), more)).toEqual([]);
  });

  it('tells of decisions with who took them, of trouble, and of the stores', () => {
    const retreat = decision({ because: 'retreated from 10 % to legacy: alarm' });
    const after = other(
      {
        version: 8,
        stage: 'shadow',
        share: { percent: 0, cohorts: [] },
        hold: { by: 'ada', reason: 'freeze', at: 0 },
      },
      {
        decision: retreat,
        data: { ...DATA, divergence: { ...DATA.divergence, rows: 3 } as never },
      },
    );
    expect(changeLines(view(), after)).toEqual([
      'orders: retreated from 10 % to legacy: alarm (falsework)',
      'orders: in shadow, 0 % served by the candidate',
      'orders: On hold: freeze',
      'orders: the stores differ',
    ]);
  });

  it('says once that control is gone, and once that it is back', () => {
    const silent = { since: NOW - 12_000, because: 'ECONNREFUSED' };
    const gone = view({ silent });
    expect(changeLines(view(), gone)).toEqual([
      'STALE: control at http://c:8070 does not answer: ECONNREFUSED',
    ]);
    expect(changeLines(gone, gone)).toEqual([]);
    expect(changeLines(gone, view())).toEqual(['control answers again after 12 s']);
  });
});

describe('the screen', () => {
  const lines = (...texts: string[]) => texts.map((text) => ({ text }));

  it('draws over what it drew, in one write that erases nothing first', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.draw(lines('one', 'two'));
    const first = terminal.out;
    screen.draw(lines('three'));
    const second = terminal.out.slice(first.length);
    screen.close();
    expect(first).toBe(
      '\u001b[?2026h\u001b[?25l\u001b[?7lone\u001b[K\ntwo\u001b[K\n\u001b[J\u001b[?7h\u001b[?2026l',
    );
    expect(second).toBe(
      '\u001b[?2026h\u001b[?7l\u001b[2A\rthree\u001b[K\n\u001b[J\u001b[?7h\u001b[?2026l',
    );
    expect(terminal.out.endsWith('\u001b[?25h')).toBe(true);
  });

  it('begins anew when the window changed its size', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.draw(lines('one'));
    terminal.columns = 40;
    screen.draw(lines('one'));
    expect(terminal.out).toContain('\u001b[2J\u001b[H');
  });

  it('never draws more rows than there are, and says what is missing', () => {
    const many = lines(...Array.from({ length: 30 }, (_, i) => `line ${i}`));
    const shown = fitted(many, { columns: 80, rows: 10 });
    expect(shown).toHaveLength(9);
    expect(shown.at(-1)).toMatch(/^… 22 more lines/);
  });

  it.each([
    ['plain text', 'abcdef', 4, 'abc…'],
    ['what fits exactly', 'abcd', 4, 'abcd'],
    ['wide letters', '漢字漢字', 5, '漢字…'],
    ['a wide letter at the edge', '漢字漢', 4, '漢…'],
    ['an accent of its own', 'e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ])('cuts %s by what it takes up', (_, text, columns, shown) => {
    expect(cut(text, columns)).toBe(shown);
  });

  it('obeys nothing that a name says', () => {
    expect(fitted(lines('\u001b[2Jgone'), { columns: 80, rows: 9 })).toEqual(['\\u001b[2Jgone']);
  });
});
