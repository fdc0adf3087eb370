import { describe, expect, it } from 'vitest';
import { FakeTerminal } from '../../test/fake-context.ts';
import { columns } from './columns.ts';
import { note, painter, printable, say, sayJson } from './terminal.ts';

describe('what is written to a terminal', () => {
  it('goes to stdout when it is a result, and to stderr when it is not', () => {
    const terminal = new FakeTerminal();
    say(terminal, 'a result');
    note(terminal, 'a remark');
    sayJson(terminal, { a: 1 });
    expect(terminal.out).toBe('a result\n{"a":1}\n');
    expect(terminal.err).toBe('a remark\n');
  });

  it.each([
    ['clears the screen', '\u001b[2J', '\\u001b[2J'],
    ['sets the title', '\u001b]0;owned\u0007', '\\u001b]0;owned\\u0007'],
    ['begins a sequence in one byte', '\u009b31m', '\\u009b31m'],
    ['goes back over the line', 'safe\revil', 'safe\\u000devil'],
    ['turns the direction around', 'a\u202eb', 'a\\u202eb'],
    ['deletes', '\u007f\b', '\\u007f\\u0008'],
  ])('never %s because of what a service answered', (_, text, shown) => {
    const terminal = new FakeTerminal();
    say(terminal, text);
    note(terminal, text);
    expect(terminal.out).toBe(`${shown}\n`);
    expect(terminal.err).toBe(`${shown}\n`);
  });

  it('keeps text of any script, line feeds, tabs and our own colours', () => {
    const text = 'Ünïcode 漢 𝒻 👍\n\tindented';
    expect(printable(text)).toBe(text);
    const paint = painter(new FakeTerminal({ hasColor: true }));
    const painted = paint('red', 'error');
    expect(painted).not.toBe('error');
    expect(printable(painted)).toBe(painted);
  });

  it('has no colour where there is none to be seen', () => {
    expect(painter(new FakeTerminal())('red', 'error')).toBe('error');
  });
});

describe('columns', () => {
  it('are as wide as their widest cell, numbers on the right, no space at the end', () => {
    const rows = [
      ['a', '1,000', 'x'],
      ['longer', '5', ''],
    ];
    expect(columns(rows, { right: [1] })).toEqual(['a       1,000  x', 'longer      5']);
    expect(columns([])).toEqual([]);
  });
});
