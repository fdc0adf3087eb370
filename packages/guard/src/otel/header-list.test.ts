import { describe, expect, it } from 'vitest';
import { READ, removeAll, WRITE } from './header-list.ts';

describe('headers in a list', () => {
  it('are read whatever their case, several of one name as a list', () => {
    const headers = ['Host', 'a', 'TraceParent', 'x', 'baggage', 'b=1', 'Baggage', 'c=2'];
    expect(READ.get(headers, 'traceparent')).toBe('x');
    expect(READ.get(headers, 'baggage')).toEqual(['b=1', 'c=2']);
    expect(READ.get(headers, 'tracestate')).toBeUndefined();
    expect(READ.keys(headers)).toEqual(['host', 'traceparent', 'baggage', 'baggage']);
  });

  it('are replaced and never doubled, and a value is taken for no name', () => {
    const headers = ['X', 'traceparent', 'TRACEPARENT', '1', 'Y', 'z', 'traceparent', '2'];
    WRITE.set(headers, 'traceparent', '3');
    expect(headers).toEqual(['X', 'traceparent', 'Y', 'z', 'traceparent', '3']);
    removeAll(headers, ['traceparent', 'y']);
    expect(headers).toEqual(['X', 'traceparent']);
  });
});
