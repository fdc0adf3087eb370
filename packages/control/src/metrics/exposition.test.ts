import { EMPTY_SKETCH, SketchRecorder } from '@falsework/core/evidence';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exposition } from './exposition.ts';

const GAUGE = { name: 'falsework_x', help: 'What it is.', type: 'gauge' } as const;
const HISTOGRAM = { name: 'falsework_y_seconds', help: 'How long.', type: 'histogram' } as const;

// Quotes, ends of lines, half a character, and what some take for the end of a line.
const HOSTILE = ['"', '\\', '\n', 'n', 'é', '\ud800', '\u2028', '\r', '}', '='];

describe('the text that Prometheus reads', () => {
  it('announces a metric, and gives its values', () => {
    const samples = [
      { labels: { migration: 'a' }, value: 1.5 },
      { labels: { migration: 'b', side: 'legacy' }, value: -2 },
    ];
    expect(exposition(GAUGE, samples)).toBe(
      '# HELP falsework_x What it is.\n' +
        '# TYPE falsework_x gauge\n' +
        'falsework_x{migration="a"} 1.5\n' +
        'falsework_x{migration="b",side="legacy"} -2\n',
    );
  });

  it('announces what has no value', () => {
    expect(exposition(GAUGE, []).split('\n')).toHaveLength(3);
  });

  it('writes what is no number as Prometheus does', () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21];
    const text = exposition(
      GAUGE,
      values.map((value) => ({ labels: { migration: 'a' }, value })),
    );
    expect(text.match(/\} .*/g)).toEqual(['} NaN', '} +Inf', '} -Inf', '} 1e+21']);
  });

  it('keeps one sample on one line, whatever a name holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...HOSTILE) }), (seam) => {
        const text = exposition(GAUGE, [{ labels: { seam }, value: 1 }]);
        const lines = text.split('\n');
        expect(lines).toHaveLength(4);
        const [, label = ''] = /^falsework_x\{seam="(.*)"\} 1$/s.exec(lines[2] ?? '') ?? [];
        const read = label.replace(/\\(.)/g, (_, at: string) => (at === 'n' ? '\n' : at));
        expect(read).toBe(seam.toWellFormed());
      }),
    );
  });

  it('makes a histogram of a sketch: rising counts, the sum and the count', () => {
    const recorder = new SketchRecorder();
    for (const ms of [0.02, 3, 3, 40, 60, 20_000]) recorder.record(ms);
    const text = exposition(HISTOGRAM, [{ labels: { side: 'legacy' }, value: recorder.read() }]);
    const value = (line: string): number => Number(text.split(`${line} `)[1]?.split('\n')[0]);
    const bucket = (le: string): number =>
      value(`falsework_y_seconds_bucket{side="legacy",le="${le}"}`);
    expect(
      ['0.00001', '0.000025', '0.0025', '0.005', '0.05', '0.1', '10', '+Inf'].map(bucket),
    ).toEqual([0, 1, 1, 3, 4, 5, 5, 6]);
    expect(value('falsework_y_seconds_sum{side="legacy"}')).toBeCloseTo(20.106_02, 6);
    expect(value('falsework_y_seconds_count{side="legacy"}')).toBe(6);
  });

  it('never writes a limit in a way that Prometheus would read as another', () => {
    const text = exposition(HISTOGRAM, [{ labels: {}, value: EMPTY_SKETCH }]);
    const limits = [...text.matchAll(/le="([^"]+)"/g)].map(([, le]) =>
      Number(le?.replace('+Inf', 'Infinity')),
    );
    expect(limits).toEqual([...limits].sort((a, b) => a - b));
    expect(new Set(limits).size).toBe(20);
  });
});
