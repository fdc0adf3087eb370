import {
  createComparator,
  custom,
  ignore,
  type Rule,
  tolerance,
  unordered,
} from '@falsework/core/compare';
import { compileRedaction } from '@falsework/core/redact';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../engine/redactor.ts';
import type { NotedCall } from '../run/effect-log.ts';
import { compareEffects } from './compare-effects.ts';

const redactor = createRedactor({ salt: 'test' });
const call = (effect: string, ...args: unknown[]): NotedCall => ({
  effect,
  args,
  isWrite: true,
  answer: null,
});

const insert = call('ledger.insert', { account: 'a', cents: 1005 });
const mail = call('mailer.send', 'confirmation');
const audit = call('audit.log', 'charged');

const judged = (
  legacy: readonly NotedCall[],
  candidate: readonly NotedCall[],
  rules: readonly Rule[] = [],
) => compareEffects(createComparator({ rules }), { legacy, candidate }, { seam: 's', redactor });

const said = (...given: Parameters<typeof judged>): string[] =>
  judged(...given).findings.map(({ kind, template }) => `${kind} ${template}`);

const of = (effect: string): string => `$.effects[?@.effect=="${effect}"]`;

describe('comparing what two sides do beside answering', () => {
  it('is equal when both do the same in the same order, or nothing', () => {
    expect(judged([insert, mail], [insert, mail])).toEqual({ result: 'equal', findings: [] });
    expect(judged([], [])).toEqual({ result: 'equal', findings: [] });
  });

  it.each([
    ['missing', [insert, mail], [insert], [`effect-missing ${of('mailer.send')}`]],
    ['extra', [insert], [insert, mail], [`effect-extra ${of('mailer.send')}`]],
    ['done twice', [insert], [insert, insert], [`effect-extra ${of('ledger.insert')}`]],
    ['out of order', [insert, mail], [mail, insert], [`effect-order ${of('ledger.insert')}`]],
    [
      'called with other arguments',
      [insert],
      [call('ledger.insert', { account: 'a', cents: 1000 })],
      [`effect-arguments ${of('ledger.insert')}.args[*].cents`],
    ],
    [
      'called with more arguments',
      [mail],
      [call('mailer.send', 'confirmation', 'copy')],
      [`effect-arguments ${of('mailer.send')}.args[*]`],
    ],
    [
      'replaced by another',
      [insert, mail],
      [insert, audit],
      [`effect-missing ${of('mailer.send')}`, `effect-extra ${of('audit.log')}`],
    ],
    [
      'missing, and another out of order',
      [insert, mail, audit],
      [audit, insert],
      [`effect-missing ${of('mailer.send')}`, `effect-order ${of('ledger.insert')}`],
    ],
  ])('names an effect that is %s', (_, legacy, candidate, expected) => {
    expect(said(legacy, candidate)).toEqual(expected);
  });

  it('shows both sides as people would write them', () => {
    const [missing] = judged([insert, mail], [insert]).findings;
    expect(missing?.example).toEqual({
      path: of('mailer.send'),
      legacy: 'mailer.send("confirmation")',
      candidate: 'absent',
    });
    const [order] = judged([insert, mail, audit], [insert, audit, mail]).findings;
    expect(order?.example).toMatchObject({
      legacy: 'ledger.insert, mailer.send, audit.log',
      candidate: 'ledger.insert, audit.log, mailer.send',
    });
    const [changed] = judged(
      [insert],
      [call('ledger.insert', { account: 'a', cents: 1 })],
    ).findings;
    expect(changed?.example).toEqual({
      path: `${of('ledger.insert')}.args[0].cents`,
      legacy: '1005',
      candidate: '1',
    });
  });

  it('hides what the seam is told to, by name, by path and in a call that one side lacks', () => {
    const redaction = compileRedaction(['taxNumber', '$.effects[*].args[0].to.name']);
    const own = { seam: 's', redactor: createRedactor({ salt: 'test', redaction }) };
    const send = (name: string, tax: number) =>
      call('mailer.send', { to: { name, city: 'Bonn' }, taxNumber: tax });
    const judge = (legacy: readonly NotedCall[], candidate: readonly NotedCall[]) =>
      compareEffects(createComparator(), { legacy, candidate }, own).findings;
    expect(
      judge([send('Ann', 4711)], [send('Bo', 4712)]).map(({ example }) => [
        example.legacy,
        example.candidate,
      ]),
    ).toEqual([
      ['‹secret:1›', '‹secret:2›'],
      ['‹secret:3›', '‹secret:4›'],
    ]);
    const [missing] = judge([send('Ann', 4711)], []);
    expect(missing?.example.legacy).toBe(
      'mailer.send({"to":{"name":"‹secret:1›","city":"Bonn"},"taxNumber":‹secret:2›})',
    );
  });

  it('keeps secrets out of what it shows', () => {
    const login = (password: string) => call('users.update', { password });
    const shown = JSON.stringify([
      judged([login('tiger')], [login('lion')]).findings,
      judged([login('tiger')], []).findings,
    ]);
    expect(shown).not.toContain('tiger');
    expect(shown).not.toContain('lion');
  });

  it('gives one cause one signature, and two causes two', () => {
    const idsOf = (...given: Parameters<typeof judged>) =>
      judged(...given).findings.map((f) => f.id);
    const many = Array.from({ length: 5 }, (_, i) => call('ledger.insert', { cents: i }));
    expect(new Set(idsOf(many, []))).toHaveProperty('size', 1);
    const ids = [
      ...idsOf([insert], []),
      ...idsOf([], [insert]),
      ...idsOf([insert, mail], [mail, insert]),
      ...idsOf([mail], []),
      ...idsOf([insert], [call('ledger.insert', { account: 'a', cents: 1 })]),
      ...idsOf([insert], [call('ledger.insert', { account: 'a', cents: '1005' })]),
      ...idsOf([insert], [call('ledger.insert', { account: 'b', cents: 1005 })]),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('does as the rules of the seam say, with the paths that it shows', () => {
    const changed = call('ledger.insert', { account: 'a', cents: 1004 });
    expect(said([insert, mail], [mail, insert], [unordered('$.effects')])).toEqual([]);
    expect(
      said([insert], [changed], [tolerance('$.effects[*].args[*].cents', { abs: 1 })]),
    ).toEqual([]);
    const [finding] = judged([insert], [changed]).findings;
    expect(said([insert], [changed], [ignore(finding?.template ?? '')])).toEqual([]);
    const [extra] = judged([insert], [insert, mail]).findings;
    expect(said([insert], [insert, mail], [ignore(extra?.template ?? '')])).toEqual([]);
  });

  it('still finds what is missing where order does not matter', () => {
    expect(said([insert, mail, audit], [audit, insert], [unordered('$.effects')])).toEqual([
      `effect-missing ${of('mailer.send')}`,
    ]);
  });

  it('tells what the comparison said where no single effect explains it', () => {
    const rule = custom('$.effects', () => false);
    expect(said([insert], [insert], [rule])).toEqual([]);
    expect(said([mail, insert], [insert, mail], [custom('$.effects', () => true)])).toEqual([]);
    // Only the second position may differ, so that one pair by itself shows nothing.
    const second = ignore('$.effects[0].args');
    const [a, b] = [call('x', 1), call('x', 2)];
    expect(said([a, a], [a, b], [second])).toEqual(['number $.effects[*].args[*]']);
  });

  it('never calls two lists equal that differ, nor different that are equal', () => {
    const effect = fc
      .record({ effect: fc.constantFrom('a', 'b'), arg: fc.integer({ min: 0, max: 2 }) })
      .map(({ effect: name, arg }) => call(name, arg));
    const list = fc.array(effect, { maxLength: 6 });
    fc.assert(
      fc.property(list, list, (legacy, candidate) => {
        const { result, findings } = judged(legacy, candidate);
        const isSame = JSON.stringify(legacy) === JSON.stringify(candidate);
        expect(result).toBe(isSame ? 'equal' : 'different');
        expect(findings.length > 0).toBe(!isSame);
      }),
    );
  });
});
