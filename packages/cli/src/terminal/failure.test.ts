import { RemoteProblem } from '@falsework/client';
import { fault } from '@falsework/core/errors';
import { describe, expect, it } from 'vitest';
import { FakeTerminal } from '../../test/fake-context.ts';
import { EXIT, reportFailure } from './failure.ts';

const remote = (status: number): RemoteProblem =>
  new RemoteProblem(
    { code: 'FW_CAUSE_UNKNOWN', message: 'no such cause', action: 'see', title: 't' } as never,
    status,
  );

describe('a failure', () => {
  it.each([
    { title: 'of usage', error: fault('FW_DATE', { date: 'soon' }), exit: EXIT.usage },
    {
      title: 'of the world',
      error: fault('FW_CONTROL_UNREACHABLE', { url: 'http://x', because: 'ECONNREFUSED' }),
      exit: EXIT.failed,
    },
    { title: 'that control calls our fault', error: remote(404), exit: EXIT.usage },
    { title: 'that control calls its own', error: remote(500), exit: EXIT.failed },
    { title: 'of ours', error: new Error('a bug'), exit: EXIT.failed },
    { title: 'that is no error at all', error: 'thrown text', exit: EXIT.failed },
  ])('$title exits with $exit and says what to do, on stderr', ({ error, exit }) => {
    const terminal = new FakeTerminal();
    expect(reportFailure(terminal, error, false)).toBe(exit);
    expect(terminal.out).toBe('');
    expect(terminal.err).toMatch(/^error .*\(FW_\w+\)\n {2}\S/s);
  });

  it('is JSON on stdout for a script that asked for JSON', () => {
    const terminal = new FakeTerminal();
    reportFailure(terminal, fault('FW_DATE', { date: 'soon' }), true);
    expect(JSON.parse(terminal.out)).toEqual({
      error: {
        code: 'FW_DATE',
        message: expect.stringContaining('"soon"'),
        action: expect.stringContaining('2027-03-31'),
      },
    });
    expect(terminal.err).toBe('');
  });

  it('shows where it happened only when it is a fault of ours', () => {
    const [coded, bug] = [new FakeTerminal(), new FakeTerminal()];
    reportFailure(coded, fault('FW_DATE', { date: 'x' }), false);
    reportFailure(bug, new Error('a bug'), false);
    expect(coded.err).not.toMatch(/\n\s+at /);
    expect(bug.err).toMatch(/\n\s+at /);
    expect(bug.err).toContain('FW_INTERNAL');
  });
});
