import type { MigrationStatus, WireGateResult } from '@falsework/client/contract';
import { describe, expect, it } from 'vitest';
import { FakeTerminal } from '../../test/fake-context.ts';
import { painter } from '../terminal/terminal.ts';
import { checklist } from './checklist.ts';
import { explain } from './explain.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 0, 15, 9);
const plain = painter(new FakeTerminal());

const gate = (over: Partial<WireGateResult> = {}): WireGateResult => ({
  gate: 'mismatch',
  status: 'pass',
  title: 'differs on less than 0.01 %',
  detail: '0 of 41,200 differ',
  needs: null,
  ...over,
});

const status = (over: Partial<MigrationStatus> = {}): MigrationStatus => ({
  name: 'ledger',
  owner: 'payments',
  topology: 'shared',
  version: 4,
  stage: 'shadow',
  share: { percent: 0, cohorts: [] },
  stageSince: NOW - DAY_MS,
  stepSince: NOW - 2 * 3_600_000,
  startedAt: NOW - 11 * DAY_MS,
  deleteBy: NOW + 79 * DAY_MS,
  daysLeft: 79,
  walk: ['inert', 'shadow', 'shift', 'seal', 'strike'],
  epoch: { ordinal: 3, legacyBuild: 'l1', candidateBuild: 'c2', openedAt: 1, reason: 'kickoff' },
  hold: null,
  retreats: 0,
  accepted: [],
  approvals: [],
  next: {
    stage: 'shift',
    share: { percent: 1, cohorts: ['internal'] },
    isAutomatic: true,
    gates: [gate(), gate({ gate: 'soak', status: 'hold', title: 'soak', needs: '22 h more' })],
  },
  undo: [{ to: 'inert', words: 'free' }],
  strata: [],
  served: [],
  planes: [],
  data: null,
  ...over,
});

describe('explain', () => {
  it('says where it stands, on which day, what is missing and what undo costs', () => {
    expect(explain(status(), NOW, plain)).toEqual([
      'ledger is in `shadow` for 2 h, day 12 of 90; payments owns it.',
      'Evidence is of l1 against c2 (epoch 3: kickoff).',
      'It will enter `shift` when 1 of 2 gates pass that do not yet',
      '  ✓ differs on less than 0.01 %  0 of 41,200 differ',
      '  … soak                         0 of 41,200 differ',
      '    needs 22 h more',
      'Undo from here is free. `falsework rollback inert`',
    ]);
  });

  it('names every accepted difference with owner, reason and days, and warns in its last week', () => {
    const accepted = {
      seam: 'GET /quote',
      id: 'a41f000000000000',
      template: '$.tax',
      kind: 'number',
      owner: 'grace',
      reason: 'as the law says',
      acceptedBy: 'ada',
      acceptedAt: 1,
      expiresAt: NOW + 3 * DAY_MS,
      daysLeft: 3,
      isExpiring: true,
    };
    const lines = explain(status({ accepted: [accepted] }), NOW, plain).join('\n');
    expect(lines).toContain('without 1 accepted difference that somebody answers for:');
    expect(lines).toMatch(/! accepted #a41f GET \/quote \$\.tax, 3 days left .*grace.*as the law/);
  });

  it('says who holds it and why, and that it is over its end', () => {
    const hold = { by: 'ada', reason: 'release freeze', at: NOW };
    const lines = explain(status({ hold, daysLeft: -12 }), NOW, plain);
    expect(lines[0]).toContain('12 days over its end');
    expect(lines[1]).toBe('ada holds it: release freeze. Retreat stays possible.');
  });

  it('says whom the candidate serves while it is on a share', () => {
    const share = { percent: 10, cohorts: ['internal'] };
    const next = {
      stage: 'shift',
      share: { percent: 50, cohorts: [] },
      isAutomatic: false,
      gates: [gate()],
    } as const;
    const lines = explain(
      status({
        stage: 'shift',
        share,
        next: { ...next, gates: [gate()], share: { percent: 50, cohorts: [] } },
      }),
      NOW,
      plain,
    );
    expect(lines[0]).toContain('`shift` with internal and 10 % served by the candidate, for 2 h');
    expect(lines[2]).toBe('A person may raise the share to 50 % now: every gate passes');
  });

  it('says that nothing comes next at the end', () => {
    const lines = explain(status({ stage: 'strike', next: null, undo: [] }), NOW, plain);
    expect(lines.at(-1)).toBe('This is its end: nothing comes next.');
  });
});

describe('the checklist', () => {
  it('has a mark of its own for each answer of a gate', () => {
    const gates = (['pass', 'hold', 'fail', 'invalid'] as const).map((each) =>
      gate({ status: each, title: 't', detail: '' }),
    );
    expect(checklist(gates, plain)).toEqual(['  ✓ t', '  … t', '  ✗ t', '  ? t']);
    expect(checklist([], plain)).toEqual([]);
  });
});
