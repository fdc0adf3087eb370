import { describe, expect, it } from 'vitest';
import { statusLines } from './status-lines.ts';

const method = (name: string, statuses: Record<string, number>) => ({ method: name, statuses });

describe('the statuses of methods', () => {
  it('are shown where they were not always OK, the most frequent first', () => {
    expect(
      statusLines([
        method('a.B/Fine', { OK: 7 }),
        method('a.B/Get', { NOT_FOUND: 2, OK: 1_200 }),
        method('a.B/Never', {}),
      ]),
    ).toEqual(['a.B/Get answered OK 1,200 · NOT_FOUND 2']);
  });

  it('are five at most, and the others are counted', () => {
    const many = Array.from({ length: 8 }, (_, i) => method(`a.B/M${i}`, { INTERNAL: 1 }));
    const lines = statusLines(many);
    expect(lines).toHaveLength(6);
    expect(lines.at(-1)).toBe('and 3 more with other statuses than OK');
  });
});
