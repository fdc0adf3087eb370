import { describe, expect, it } from 'vitest';
import type { WritesReport } from '../writes/guard-writes.ts';
import { writeLines } from './write-lines.ts';

const writes = (debts: Partial<WritesReport['debts']>): WritesReport => ({
  debts: { ready: 0, lagMs: 0, inDoubt: 0, byRoute: [], blocks: null, ...debts },
  journal: {} as never,
  identifiers: 0,
  fed: 0,
  attempts: 0,
  replays: 0,
});

describe('the lines on writes', () => {
  it('are none where all is well, or no route is followed', () => {
    expect(writeLines({ writes: null, stopped: [] })).toEqual([]);
    expect(writeLines({})).toEqual([]);
    expect(writeLines({ writes: writes({}), stopped: [] })).toEqual([]);
  });

  it('name what needs a person, and where to see it', () => {
    const stopped = [{ route: 'POST /orders', at: 0, because: 'no header' }];
    const debts = { blocks: 'Not settled: 1 write.', ready: 2, lagMs: 60_000, inDoubt: 1 };
    expect(writeLines({ writes: writes(debts), stopped })).toEqual([
      'stopped: the shadows of POST /orders, until a person resumes them: no header',
      'Not settled: 1 write. See falsework writes',
      '3 writes on the way to the candidate, the oldest for 1 min',
    ]);
  });
});
