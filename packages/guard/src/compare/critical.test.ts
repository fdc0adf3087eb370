import type { Finding } from '@falsework/core/evidence';
import { describe, expect, it } from 'vitest';
import { compileCritical } from './critical.ts';

const at = (path: string, template = path, kind = 'number'): Finding => ({
  id: 'x',
  template,
  kind,
  example: { path, legacy: '1', candidate: '2' },
});

describe('a critical path', () => {
  it.each([
    ['$.total', '$.total', true],
    ['$.total', '$.total.amount', true],
    ['$.account.balance', '$.account.name', false],
    ['$.lines[*].tax', '$.lines[3].tax', true],
    ['$.lines[0].tax', '$.lines[3].tax', false],
    ['$.lines[-1].tax', '$.lines[3].tax', true],
    ['$.lines[?@.tax > 0].tax', '$.lines[3].tax', true],
    ['$.lines[1:2].tax', '$.lines[3].tax', true],
    ['$..amount', '$.a.b[2].amount', true],
    ['$..amount', '$.a.b[2].name', false],
    ["$['total','sum']", '$.sum', true],
    ['$', '$.anything', true],
  ])('%s and a difference at %s: %s', (critical, path, isCritical) => {
    expect(compileCritical([critical])([at(path)])).toBe(isCritical);
  });

  it.each(['missing', 'extra', 'type', 'null-absent', 'length'])(
    'is touched where something that may hold it is %s',
    (kind) => {
      const rule = compileCritical(['$.account.balance']);
      expect(rule([at('$.account', '$.account', kind)])).toBe(true);
      expect(rule([at('$', '$', kind)])).toBe(true);
      expect(rule([at('$.other', '$.other', kind)])).toBe(false);
      // Two numbers hold nothing.
      expect(rule([at('$.account')])).toBe(false);
    },
  );

  it('is touched by a status or a body that differs as a whole, and not by a header', () => {
    const rule = compileCritical(['$.total']);
    expect(rule([at('(status)')])).toBe(true);
    expect(rule([at('(body) line 3', '(body)')])).toBe(true);
    expect(rule([at('(header location)')])).toBe(false);
  });

  it('is touched where the path cannot be read, because something in it was masked', () => {
    expect(compileCritical(['$.total'])([at('$[‹email:12')])).toBe(true);
  });

  it('is one of several, of which one suffices', () => {
    const rule = compileCritical(['$.a', '$.b']);
    expect(rule([at('$.c'), at('$.b')])).toBe(true);
    expect(rule([at('$.c')])).toBe(false);
    expect(rule([])).toBe(false);
  });
});

describe('a critical route', () => {
  it('takes every wrong answer for critical, but no failure to answer: that is counted elsewhere', () => {
    const rule = compileCritical(true);
    expect(rule([at('$.x')])).toBe(true);
    expect(rule([at('(answer)', '(answer)', 'outcome')])).toBe(false);
    expect(compileCritical(['$'])([at('(answer)', '(answer)', 'outcome')])).toBe(false);
  });

  it('that declares nothing takes nothing for critical', () => {
    expect(compileCritical([])([at('$.x')])).toBe(false);
  });
});
