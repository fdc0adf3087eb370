import { describe, expect, it } from 'vitest';
import { SideLog } from './side-log.ts';

describe('the log of a side', () => {
  it('counts answers and failures, by kind and code, most frequent first', () => {
    const log = new SideLog();
    log.countAnswer();
    log.countFailure({ kind: 'status', code: '503' });
    for (let i = 0; i < 3; i += 1) log.countFailure({ kind: 'refused', code: 'ECONNREFUSED' });
    log.countFailure({ kind: 'status', code: '500' });
    expect(log.read()).toEqual({
      asked: 6,
      answered: 1,
      failures: [
        { kind: 'refused', code: 'ECONNREFUSED', count: 3 },
        { kind: 'status', code: '503', count: 1 },
        { kind: 'status', code: '500', count: 1 },
      ],
    });
  });

  it('counts every failure, although it keeps only so many different ones', () => {
    const log = new SideLog();
    for (let i = 0; i < 1_000; i += 1) log.countFailure({ kind: 'other', code: `E${i}` });
    const { asked, failures } = log.read();
    expect(asked).toBe(1_000);
    expect(failures.length).toBeLessThanOrEqual(50);
  });

  it('hands out what was, not what will be', () => {
    const log = new SideLog();
    log.countFailure({ kind: 'refused', code: 'X' });
    const { failures } = log.read();
    log.countFailure({ kind: 'refused', code: 'X' });
    expect(failures[0]?.count).toBe(1);
  });
});
