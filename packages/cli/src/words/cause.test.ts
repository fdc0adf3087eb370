import type { WireCause } from '@falsework/client/contract';
import { shortIds } from '@falsework/client/words';
import { describe, expect, it } from 'vitest';
import { FakeTerminal } from '../../test/fake-context.ts';
import { painter } from '../terminal/terminal.ts';
import { causeLines, causeList } from './cause.ts';

const HOUR_MS = 3_600_000;
const AT = Date.UTC(2026, 10, 20, 14, 2, 30);
const plain = painter(new FakeTerminal());

const causeOf = (
  over: Partial<WireCause['record']> = {},
  known: Partial<Omit<WireCause, 'record'>> = {},
): WireCause => ({
  record: {
    seam: 'GET /quote',
    epoch: 1,
    id: 'a41f000000000001',
    template: '$.lines[*].discount',
    kind: 'number',
    isNoise: false,
    count: 1_229,
    firstAt: AT,
    lastAt: AT + 60_000,
    samples: [
      {
        at: AT,
        path: '$.lines[2].discount',
        legacy: '10.005',
        candidate: '10.00',
        request: 'GET /quote?id=7',
      },
    ],
    shapes: ['number within 0.01 less'],
    strata: [''],
    hours: [],
    ...over,
  },
  state: 'open',
  acceptance: null,
  proposal: null,
  note: null,
  ...known,
});

const ACCEPTANCE = {
  owner: 'grace',
  reason: 'rounded half down',
  shapes: ['number within 0.01 less'],
  acceptedBy: 'ada',
  acceptedAt: AT,
  expiresAt: Date.UTC(2027, 2, 31, 23, 59, 59, 999),
};

describe('the list of causes', () => {
  it('has a line for each, under its seam: how often, where, what, an example, since when', () => {
    const other = causeOf({ id: '7c20000000000001', seam: 'GET /cart', count: 2, samples: [] });
    const note = { owner: null, text: 'rounded half down', by: 'ada', at: AT };
    expect(causeList([causeOf({}, { note, state: 'explained' }), other], plain)).toEqual([
      'GET /quote',
      '  #a41f  1,229×  $.lines[*].discount  number  10.005 → 10.00  explained  first 2026-11-20 14:02  “rounded half down”',
      'GET /cart',
      '  #7c20      2×  $.lines[*].discount  number                  open       first 2026-11-20 14:02',
    ]);
  });

  it('says why what is accepted is accepted', () => {
    const [, line] = causeList([causeOf({}, { state: 'accepted', acceptance: ACCEPTANCE })], plain);
    expect(line).toContain('accepted');
    expect(line).toContain('“rounded half down”');
  });

  it('shows how it goes and whom it touches', () => {
    const hour = Math.floor(AT / HOUR_MS) * HOUR_MS;
    const hours = [
      [hour - HOUR_MS, 1],
      [hour, 8],
    ] as [number, number][];
    const strata = ['', 'gold', 'silver', 'bronze', 'tin'];
    const [, line] = causeList([causeOf({ hours, strata })], plain);
    expect(line).toMatch(/▁█ {2}in gold, silver, bronze and 1 more$/);
  });

  it('cuts long values, so that a line stays a line', () => {
    const samples = [{ ...causeOf().record.samples[0], legacy: 'x'.repeat(500) } as never];
    const [, line] = causeList([causeOf({ samples })], plain);
    expect(line?.length).toBeLessThan(160);
  });

  it('is empty for none', () => {
    expect(causeList([], plain)).toEqual([]);
  });
});

describe('short ids', () => {
  it('have four digits, or as many as tell them apart', () => {
    const ids = ['a41f000000000000', 'a41f0b0000000000', '7c20000000000000', 'a41f000000000000'];
    expect([...shortIds(ids).values()].sort()).toEqual(['#7c20', '#a41f00', '#a41f0b']);
  });
});

describe('one cause', () => {
  it('shows everything that is known of it', () => {
    const note = { owner: 'edsger', text: 'seen in tests', by: 'ada', at: AT };
    const proposal = { rule: '{"rule":"tolerance"}', because: 'every example is within 0.006' };
    const cause = causeOf({ strata: ['', 'gold'] }, { state: 'explained', note, proposal });
    expect(causeLines(cause, plain)).toEqual([
      '#a41f  1,229×  GET /quote  $.lines[*].discount  number  explained',
      '       seen      first 2026-11-20 14:02:30, last 2026-11-20 14:03:30, in gold',
      '       at        $.lines[2].discount, GET /quote?id=7',
      '       legacy    10.005',
      '       candidate 10.00',
      '       shapes    number within 0.01 less',
      '       rule      {"rule":"tolerance"}  (every example is within 0.006)',
      '       note      seen in tests (ada; edsger looks after it)',
    ]);
  });

  it('says who accepted it until when, and proposes no rule any more', () => {
    const proposal = { rule: '{}', because: 'x' };
    const cause = causeOf({}, { state: 'accepted', acceptance: ACCEPTANCE, proposal });
    const lines = causeLines(cause, plain).join('\n');
    expect(lines).toContain('accepted  until 2027-03-31 by ada, grace owns it: rounded half down');
    expect(lines).not.toContain('rule');
  });

  it('says which shape is not covered when it has come in another', () => {
    const cause = causeOf(
      { shapes: ['number within 0.01 less', 'number far less'] },
      { state: 'open', acceptance: ACCEPTANCE },
    );
    expect(causeLines(cause, plain).join('\n')).toContain(
      'but not as number far less: that counts as a difference',
    );
  });

  it('draws its last twelve hours, an hour without it as a gap', () => {
    const hour = Math.floor(AT / HOUR_MS) * HOUR_MS;
    const hours = [
      [hour - 20 * HOUR_MS, 500],
      [hour - 3 * HOUR_MS, 1],
      [hour - HOUR_MS, 8],
      [hour, 4],
    ] as [number, number][];
    expect(causeLines(causeOf({ hours }), plain)[0]).toMatch(/ {2}open {10}▁ █▄$/);
    expect(causeLines(causeOf({ hours: hours.slice(3) }), plain)[0]).toMatch(/open$/);
  });
});
