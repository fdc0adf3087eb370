import { createComparator } from '@falsework/core/compare';
import { compileRedaction } from '@falsework/core/redact';
import { describe, expect, it } from 'vitest';
import { judgementOf } from './findings.ts';
import { createRedactor } from './redactor.ts';

const scope = { seam: 'pricing.quote', redactor: createRedactor({ salt: 'test' }) };
const comparator = createComparator();
const judge = (legacy: unknown, candidate: unknown) =>
  judgementOf(comparator.values(legacy, candidate), scope);

describe('a comparison as findings', () => {
  it('is empty when nothing differs', () => {
    expect(judge({ a: 1 }, { a: 1 })).toEqual({ result: 'equal', findings: [] });
  });

  it('has one finding per cause, each with an example of its own', () => {
    const legacy = { lines: [{ tax: 1 }, { tax: 2 }], date: '2026-11-21' };
    const candidate = { lines: [{ tax: 1.5 }, { tax: 2.5 }], date: '2026-11-20' };
    const { result, findings } = judge(legacy, candidate);
    expect(result).toBe('different');
    expect(findings).toMatchObject([
      {
        template: '$.lines[*].tax',
        kind: 'number',
        example: { path: '$.lines[0].tax', legacy: '1', candidate: '1.5' },
      },
      {
        template: '$.date',
        kind: 'string',
        example: { path: '$.date', legacy: '"2026-11-21"', candidate: '"2026-11-20"' },
      },
    ]);
  });

  it('tells two causes apart that stand at one place', () => {
    const { findings } = judge([1, 1, 1], ['1', null, 2]);
    expect(findings.map(({ example }) => example.candidate)).toEqual(['"1"', 'null', '2']);
    expect(new Set(findings.map(({ id }) => id)).size).toBe(3);
  });

  it('gives the same cause at another seam another signature', () => {
    const comparison = comparator.values(1, 2);
    const [here] = judgementOf(comparison, scope).findings;
    const [there] = judgementOf(comparison, { ...scope, seam: 'other' }).findings;
    expect(here?.id).not.toBe(there?.id);
  });

  it('holds no secret, neither in values nor in paths', () => {
    const secret = 'ann@example.org';
    const { findings } = judge(
      { byMail: { [secret]: 1 }, mail: secret, password: 'hunter2' },
      { byMail: { [secret]: 2 }, mail: 'none', password: 'hunter3' },
    );
    expect(findings).toHaveLength(3);
    expect(JSON.stringify(findings)).not.toMatch(/ann@|hunter/);
  });

  it('names an outcome that differs', () => {
    const comparison = comparator.outcomes({ ok: true, value: 1 }, { ok: false, error: 'no' });
    expect(judgementOf(comparison, scope).findings).toMatchObject([
      { template: '$', kind: 'outcome' },
    ]);
  });

  it('is bounded when nothing is alike', () => {
    const names = Array.from({ length: 300 }, (_, i) => `name${i}x`);
    const { findings } = judge(
      Object.fromEntries(names.map((name) => [name, 1])),
      Object.fromEntries(names.map((name) => [name, 2])),
    );
    expect(findings).toHaveLength(20);
  });

  it('shows an example even where the path is no JSONPath, or that of another cause as well', () => {
    const key = Symbol('k');
    expect(judge({ [key]: 1 }, { [key]: 2 }).findings).toMatchObject([
      { kind: 'number', example: { path: '$[Symbol(k)]', legacy: '1', candidate: '2' } },
    ]);
    const { findings } = judge({ 'a.b': [1], a: { b: [1] } }, { 'a.b': [2], a: { b: [3] } });
    expect(findings.map(({ example }) => example.candidate)).toEqual(['2', '3']);
  });
});

describe('findings of a seam with things of its own to hide', () => {
  const redaction = compileRedaction(['$.customer.name', 'taxNumber']);
  const own = { seam: 's', redactor: createRedactor({ salt: 'test', redaction }) };
  const examples = (legacy: unknown, candidate: unknown): string =>
    JSON.stringify(judgementOf(comparator.values(legacy, candidate), own).findings);

  it('hide them where they differ, and where what holds them does', () => {
    const legacy = { customer: { name: 'Ann Lee', city: 'Bonn' }, taxNumber: 'DE123' };
    const shown = examples(legacy, {
      customer: { name: 'Bo Ek', city: 'Ulm' },
      taxNumber: 'DE124',
    });
    expect(shown).not.toMatch(/Ann|Bo Ek|DE12/);
    expect(shown).toContain('Bonn');
    expect(examples(legacy, {})).not.toMatch(/Ann|DE12/);
    expect(examples([legacy], [1])).not.toMatch(/DE12/);
  });

  it('tell by one numbering what is the same on both sides', () => {
    const { findings } = judgementOf(
      comparator.values({ a: 'a@x.org', b: 'b@x.org' }, { a: 'b@x.org', b: 'c@x.org' }),
      own,
    );
    expect(findings.map(({ example }) => [example.legacy, example.candidate])).toEqual([
      ['"‹email:1›"', '"‹email:2›"'],
      ['"‹email:2›"', '"‹email:3›"'],
    ]);
  });
});
