import { SimClock } from '@falsework/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type InterlockEvent,
  type InterlockState,
  mayShadow,
  OPEN_INTERLOCK,
  stepInterlock,
} from './dry-run-interlock.ts';
import { type InterlockStore, Interlocks } from './interlocks.ts';

const answered = (said: string | null, round = 0): InterlockEvent => ({
  type: 'answered',
  at: 1_000,
  round,
  said,
});
const resume = (by = 'ana', reason = 'release 41 honours it'): InterlockEvent => ({
  type: 'resume',
  at: 2_000,
  by,
  reason,
});
const after = (...events: InterlockEvent[]): InterlockState =>
  events.reduce((state, event) => stepInterlock(state, event).state, OPEN_INTERLOCK);

describe('the interlock of a route', () => {
  it.each(['honoured', 'Honoured', ' honoured '])('stays open for %j', (said) => {
    expect(after(answered(said))).toBe(OPEN_INTERLOCK);
  });

  it.each([null, '', '1', 'no', 'honored', 'honoured, honoured', 'honoured;x'])(
    'stops at the first answer that says %j',
    (said) => {
      const step = stepInterlock(OPEN_INTERLOCK, answered(said));
      expect(mayShadow(step.state)).toBe(false);
      expect(step.isChanged).toBe(true);
      expect(step.alarm).toContain('Falsework-Dry-Run');
    },
  );

  it('is not stopped by a candidate that is down', () => {
    expect(after({ type: 'unanswered', at: 1, round: 0 })).toBe(OPEN_INTERLOCK);
  });

  it('stays stopped whatever the candidate says later, and alarms once', () => {
    const stopped = after(answered(null));
    for (const said of ['honoured', null]) {
      expect(stepInterlock(stopped, answered(said))).toMatchObject({
        state: stopped,
        isChanged: false,
        alarm: null,
      });
    }
  });

  it('is resumed by a person with a name and a reason, and by nobody else', () => {
    const stopped = after(answered(null));
    expect(stepInterlock(stopped, resume(' ')).refused).toContain('no name');
    expect(stepInterlock(stopped, resume('ana', '')).refused).toContain('none was given');
    expect(stepInterlock(OPEN_INTERLOCK, resume()).refused).toContain('not stopped');
    expect(after(answered(null), resume())).toMatchObject({ stop: null, round: 1 });
  });

  it('stops again after it was resumed, but not for a shadow of before', () => {
    expect(mayShadow(after(answered(null), resume(), answered(null, 0)))).toBe(true);
    expect(mayShadow(after(answered(null), resume(), answered(null, 1)))).toBe(false);
  });

  it('never opens without a resumption after its last stop, in any history', () => {
    const event = fc.oneof(
      fc.record({
        type: fc.constant('answered' as const),
        at: fc.nat(),
        round: fc.nat(3),
        said: fc.constantFrom('honoured', null, 'no'),
      }),
      fc.record({ type: fc.constant('unanswered' as const), at: fc.nat(), round: fc.nat(3) }),
      fc.constantFrom(resume(), resume('')),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let state = OPEN_INTERLOCK;
        for (const one of events) {
          const step = stepInterlock(state, one);
          const opens = !mayShadow(state) && mayShadow(step.state);
          if (opens) expect(one).toEqual(resume());
          expect(step.alarm !== null).toBe(mayShadow(state) && !mayShadow(step.state));
          state = step.state;
        }
      }),
    );
  });
});

describe('the interlocks of a guard', () => {
  const setUp = async (stored = new Map<string, InterlockState>()) => {
    const alarms: string[] = [];
    let failure: Error | null = null;
    const store: InterlockStore = {
      load: async () => stored,
      save: async (route, state) => {
        if (failure !== null) throw failure;
        stored.set(route, state);
      },
    };
    const onAlarm = (route: string, because: string): void =>
      void alarms.push(`${route}: ${because}`);
    const interlocks = await Interlocks.load({ store, clock: new SimClock(), onAlarm });
    const fail = (error: Error | null): void => {
      failure = error;
    };
    return { interlocks, alarms, stored, fail };
  };
  const word = { by: 'ana', reason: 'release 41 honours it' };

  it('tell the candidate, and let an honoured shadow be compared', async () => {
    const { interlocks } = await setUp();
    const run = interlocks.begin('POST /a');
    expect(run?.headers).toEqual(['Falsework-Dry-Run', '1']);
    expect(run?.answered('honoured')).toBe(true);
  });

  it('stop one route at once, with all its shadows under way, and no other route', async () => {
    const { interlocks, alarms } = await setUp();
    const runs = [interlocks.begin('POST /a'), interlocks.begin('POST /a')];
    expect(runs[0]?.answered(null)).toBe(false);
    expect(interlocks.begin('POST /a')).toBeNull();
    expect(runs[1]?.answered('honoured')).toBe(false);
    expect(interlocks.begin('POST /b')).not.toBeNull();
    expect(alarms).toHaveLength(1);
    expect(interlocks.stopped()).toMatchObject([{ route: 'POST /a' }]);
  });

  it('stay stopped over a restart, until a person resumes, over a restart as well', async () => {
    const first = await setUp();
    first.interlocks.begin('POST /a')?.answered(null);
    await first.interlocks.saved();
    const second = await setUp(first.stored);
    expect(second.interlocks.begin('POST /a')).toBeNull();
    expect(await second.interlocks.resume('POST /a', word)).toEqual({ done: true });
    const third = await setUp(first.stored);
    expect(third.interlocks.begin('POST /a')).not.toBeNull();
    expect(await third.interlocks.resume('POST /a', word)).toHaveProperty('refused');
  });

  it('stop though the stop cannot be stored, and say that, too', async () => {
    const { interlocks, alarms, fail } = await setUp();
    fail(new Error('disk full'));
    interlocks.begin('POST /a')?.answered('no');
    await interlocks.saved();
    expect(interlocks.begin('POST /a')).toBeNull();
    expect(alarms[1]).toBe('POST /a: the stop could not be stored (disk full)');
    await expect(interlocks.resume('POST /a', word)).rejects.toThrow('disk full');
    expect(interlocks.begin('POST /a')).toBeNull();
  });
});
