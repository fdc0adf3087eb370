import { describe, expect, it } from 'vitest';
import { compileRedaction } from './redaction.ts';

describe('a list of what to take out', () => {
  it('holds paths and names, and the default names besides', () => {
    const { paths, isSecretName } = compileRedaction(['$.a', 'taxNumber']);
    expect(paths).toHaveLength(1);
    expect(['taxNumber', 'tax_number', 'password', 'tax', 'number'].map(isSecretName)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it.each([
    [['$.a['], 'FW_PATH_SYNTAX'],
    [[''], 'FW_REDACT_INVALID'],
    [['--'], 'FW_REDACT_INVALID'],
    [['ok', 12], 'FW_REDACT_INVALID'],
    [['x'.repeat(201)], 'FW_REDACT_INVALID'],
    [Array.from({ length: 1_001 }, () => 'a'), 'FW_REDACT_INVALID'],
    ['$.a', 'FW_REDACT_INVALID'],
  ])('is refused when an entry is neither', (entries, code) => {
    expect(() => compileRedaction(entries as string[])).toThrow(expect.objectContaining({ code }));
  });

  it('is refused with the place of the wrong entry, and without the entry itself', () => {
    expect(() => compileRedaction(['ok', '4111111111111111'.repeat(20)])).toThrow(
      /^redact\[1\] must be a JSONPath such as/,
    );
  });
});
