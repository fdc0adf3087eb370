import { ignore, strict } from '@falsework/core/compare';
import { isFalseworkError } from '@falsework/core/errors';
import { describe, expect, it } from 'vitest';
import { Plane } from '../plane/plane.ts';
import { checkOptions } from './check-options.ts';
import { seam } from './seam.ts';

const right = { name: 'pricing.quote', legacy: () => 1, candidate: () => 1 };

/** What defining a seam with these options throws. */
function refusal(options: object): { code: string; message: string; action: string } {
  try {
    checkOptions(options);
  } catch (error) {
    if (isFalseworkError(error)) return error;
  }
  throw new Error('nothing was refused');
}

describe('the options of a seam', () => {
  it('need a name and two functions, and nothing else', () => {
    expect(() => checkOptions(right)).not.toThrow();
    expect(() => checkOptions({ ...right, effects: undefined, key: undefined })).not.toThrow();
    expect(() =>
      checkOptions({ ...right, effects: 'none', isCritical: true, sample: 0, plane: new Plane() }),
    ).not.toThrow();
  });

  it.each([
    ['name', undefined, 'a name of 1 to 200 characters', 'nothing'],
    ['name', '', 'a name of 1 to 200 characters', "''"],
    ['name', 7, 'a name of 1 to 200 characters', '7'],
    ['legacy', undefined, 'a function', 'nothing'],
    ['candidate', {}, 'a function', 'a value of type object'],
    ['candidate', null, 'a function', 'null'],
    ['effects', 'writes', 'one of none, recorded, rolled-back, dry-run, follow', "'writes'"],
    ['compare', 'ignore', 'a list of rules, or a comparator', "'ignore'"],
    ['redact', '$.a', 'a list of JSONPaths and names of members', "'$.a'"],
    ['key', 'account', 'a function', "'account'"],
    ['sample', 10, 'a number from 0 to 1', '10'],
    ['sample', Number.NaN, 'a number from 0 to 1', 'NaN'],
    ['timeoutMs', 0, 'milliseconds from 1 to 3600000', '0'],
    ['isCritical', 'yes', 'true, false or a function', "'yes'"],
    ['clone', 'x'.repeat(50), 'a function', 'a long string'],
    ['plane', {}, 'a Plane', 'a value of type object'],
    ['mayCall', 'db', 'a list of hosts, such as db.internal or 10.0.0.7:5432', "'db'"],
    ['mayCall', ['https://db/x'], 'a list of hosts', 'a value of type object'],
    ['fallback', 'yes', 'true or false', "'yes'"],
    ['busyMax', 90, 'a number from 0 to 1', '90'],
  ])('refuse %s: %s', (option, value, expected, got) => {
    const { code, message } = refusal({ ...right, [option]: value });
    expect(code).toBe('FW_SEAM_OPTION');
    expect(message).toContain(`was given ${got} as \`${option}\`; it must be ${expected}`);
  });

  it('are refused when they do not exist, with the nearest that does', () => {
    const { code, message } = refusal({ ...right, efects: 'none' });
    expect(code).toBe('FW_SEAM_OPTION_UNKNOWN');
    expect(message).toBe(
      'The seam pricing.quote was given the option `efects`, which does not exist. Did you mean `effects`?',
    );
    expect(refusal({ ...right, toString: 1 }).code).toBe('FW_SEAM_OPTION_UNKNOWN');
  });

  it.each(['none', 'recorded', 'rolled-back', 'follow'])('may declare effects %s', (effects) => {
    expect(() => checkOptions({ ...right, effects })).not.toThrow();
  });

  it('refuse effects dry-run: a function cannot be asked, as a service behind the guard can', () => {
    const { code, message, action } = refusal({ ...right, effects: 'dry-run' });
    expect(code).toBe('FW_SEAM_EFFECTS_UNAVAILABLE');
    expect(message).toContain("'dry-run'");
    expect(action).toContain("'recorded'");
  });

  it('are refused where the seam is defined, rules included', () => {
    expect(() => seam({ ...right, sample: 2 })).toThrow('a number from 0 to 1');
    expect(() => seam({ ...right, compare: [{ rule: 'ignore', path: 'total' }] })).toThrow(
      expect.objectContaining({ code: 'FW_PATH_SYNTAX' }),
    );
    expect(() => seam({ ...right, compare: [strict(), ignore('$.at')] })).toThrow(
      expect.objectContaining({ code: 'FW_RULE_STRICT' }),
    );
    expect(() => seam({ ...right, redact: ['--'] })).toThrow(
      expect.objectContaining({ code: 'FW_REDACT_INVALID' }),
    );
  });
});
