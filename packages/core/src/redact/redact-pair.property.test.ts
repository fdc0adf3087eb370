import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createComparator } from '../compare/create-comparator.ts';
import { redactDocument, redactValue } from './redact-document.ts';
import { redactPair } from './redact-pair.ts';
import { redactText } from './redact-text.ts';
import { compileRedaction } from './redaction.ts';
import { RedactionTokens } from './tokens.ts';

const SECRETS = [
  'ann@example.org',
  'bo@example.org',
  '4111111111111111',
  '5500005555555559',
  'sk_live_4eC39HqLyjWDarjtT1',
  'DE89370400440532013000',
];
// What is secret by its place only.
const PLACED = ['Ann Lee', 'Bo Ek', 'Cy Ng'];

const name = fc.constantFrom('a', 'b', 'lines', 'name', 'password', 'tax_number', ...SECRETS);
const tokens = ['‹email:1›', '‹secret:1›', '‹text:2›', '1e201'];
const leaf = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, 1, 10.5, '', 'x', 'y', ...tokens),
  fc.constantFrom<unknown>(...SECRETS),
  fc.constantFrom<unknown>(...SECRETS).map((secret) => `to ${String(secret)}, password=x, 1`),
);
const document = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    leaf,
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(name, tie('node'), { maxKeys: 4 }),
  ),
})).node;

const REDACTION = compileRedaction(['$..name', '$.a.b', 'taxNumber']);
const comparator = createComparator();

/** The document with what stands at a secret place replaced by what must not be seen. */
function placed(node: unknown, pick: (node: unknown) => string): unknown {
  if (Array.isArray(node)) return node.map((item) => placed(item, pick));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === 'name' || key === 'tax_number' ? pick(value) : placed(value, pick),
    ]),
  );
}

const pickPlaced = (node: unknown): string => PLACED[JSON.stringify(node).length % 3] ?? '';

function redacted(a: unknown, b: unknown) {
  const [legacy, candidate] = [a, b].map((node) => JSON.stringify(placed(node, pickPlaced)));
  const raw = { format: 'json', legacy: legacy ?? '', candidate: candidate ?? '' } as const;
  const kept = redactPair(raw, { redaction: REDACTION, lengthMax: 100_000 });
  if (kept === null) throw new Error('A document of this size can always be redacted.');
  return { raw, kept };
}

describe('redacting pairs', () => {
  it('leaves no secret, wherever it stands', () => {
    fc.assert(
      fc.property(document, document, (a, b) => {
        const text = JSON.stringify(redacted(a, b).kept);
        for (const secret of [...SECRETS, ...PLACED]) expect(text).not.toContain(secret);
      }),
    );
  });

  it('keeps what is equal equal, what differs different, and every cause its signature', () => {
    // Booleans beneath a secret become texts: whether it is on or off must not be read from them.
    const withoutBooleans = (node: unknown): unknown =>
      JSON.parse(JSON.stringify(node), (_, value: unknown) =>
        typeof value === 'boolean' ? Number(value) : value,
      );
    fc.assert(
      fc.property(document, document, fc.boolean(), (a, other, isSame) => {
        const [legacy, candidate] = [a, isSame ? a : other].map(withoutBooleans);
        const { raw, kept } = redacted(legacy, candidate);
        const before = comparator.json(raw.legacy, raw.candidate);
        const after = comparator.json(kept.legacy, kept.candidate);
        expect(after.result).toBe(before.result);
        expect(after.causes).toEqual(before.causes);
      }),
      { numRuns: 300 },
    );
  });

  it('changes nothing where there is nothing to take out', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        const pair = { format: 'json', legacy: text, candidate: text } as const;
        const kept = redactPair(pair, { redaction: compileRedaction(), lengthMax: 100_000 });
        fc.pre(!/[@‹]|\d{13}|e\+?\d{3}|password|token|secret/i.test(text));
        expect(kept?.legacy).toBe(text);
      }),
    );
  });

  it('never makes two different texts one, whatever they pretend to be', () => {
    const parts = fc.constantFrom(
      ...SECRETS,
      ...tokens,
      'password=',
      '"token":"',
      '"',
      "'",
      '\\"',
      '{',
      '}',
      ',',
      ' ',
      'x',
      '@',
      'Bearer ',
      '‹secret:',
      '›',
      '1',
    );
    const texts = fc.array(parts, { maxLength: 8 }).map((all) => all.join(''));
    const redaction = compileRedaction();
    fc.assert(
      fc.property(fc.array(texts, { minLength: 2, maxLength: 30 }), (all) => {
        const numbering = new RedactionTokens();
        const redactedOf = new Map(
          [...new Set(all)].map((text) => [text, redactText(text, redaction, numbering)] as const),
        );
        expect(new Set(redactedOf.values()).size).toBe(redactedOf.size);
        // And the same again, once the numbering knows them all.
        for (const [text, shown] of redactedOf) {
          expect(redactText(text, redaction, numbering)).toBe(shown);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('writes a value as it writes the text of it', () => {
    fc.assert(
      fc.property(document, (value) => {
        const options = { redaction: REDACTION, lengthMax: 100_000 };
        const text = JSON.stringify(value);
        expect(redactValue(value, { ...options, tokens: new RedactionTokens() })).toBe(
          redactDocument(text, { ...options, tokens: new RedactionTokens() }),
        );
      }),
    );
  });

  it('takes a time that grows with the text and no faster, for texts made to take long', () => {
    // Without bounds on repetition each of these is quadratic: minutes, not milliseconds.
    const redaction = compileRedaction(['$..a[?@.b].c', 'pin']);
    const units = [
      'a',
      'a.',
      'a@',
      '4 ',
      '"pin":',
      'pin={',
      '{',
      'eyJ-',
      '::',
      '\\"',
      '://a',
      'A1',
      '‹',
    ];
    for (const unit of units) {
      const text = unit.repeat(100_000 / unit.length);
      redactText(text, redaction, new RedactionTokens());
      const options = { redaction, tokens: new RedactionTokens(), lengthMax: 1_000_000 };
      expect(redactDocument(JSON.stringify([text, { [text]: text }]), options)).not.toBeNull();
    }
  });
});
