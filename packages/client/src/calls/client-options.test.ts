import { SimClock } from '@falsework/testkit';
import { describe, expect, it } from 'vitest';
import { createFetch } from '../fetch/create-fetch.ts';
import { type ClientOptions, settle } from './client-options.ts';
import { Deadline } from './deadline.ts';
import { RetryBudget } from './retry-budget.ts';

describe('the options of a client', () => {
  it.each<[string, unknown]>([
    ['triesMax', 0],
    ['triesMax', Number.NaN],
    ['triesMax', Number.POSITIVE_INFINITY],
    ['deadlineMs', -1],
    ['deadlineMs', 2 ** 31],
    ['tryTimeoutMs', '5'],
    ['retryAfterMsMax', -1],
    ['keys', 'sometimes'],
    ['versions', ['1', '1']],
  ])('%s cannot be %j, and the error says what it can be', (option, value) => {
    expect(() => createFetch({ [option]: value } as ClientOptions)).toThrow(
      expect.objectContaining({
        code: 'FW_CLIENT_OPTION',
        facts: expect.objectContaining({ option }),
      }),
    );
  });

  it.each<[string, ClientOptions]>([
    ['backoff.firstMs', { backoff: { firstMs: -1 } }],
    ['backoff.capMs', { backoff: { capMs: Number.NaN } }],
    ['budget.ratio', { budget: { ratio: 2 } }],
    ['budget.perSecond', { budget: { perSecond: -1 } }],
    ['budget.burst', { budget: { burst: Number.NaN } }],
    ['versionMemory.originsMax', { versionMemory: { originsMax: 0 } }],
    ['versionMemory.rememberMs', { versionMemory: { rememberMs: -1 } }],
  ])('%s is checked too', (option, options) => {
    expect(() => createFetch(options)).toThrow(
      expect.objectContaining({ facts: expect.objectContaining({ option }) }),
    );
  });

  it('of one call are checked before anything is sent', async () => {
    const call = createFetch({ fetch: () => expect.fail('It was sent.') });
    await expect(call('http://a.test/', { falsework: { triesMax: 0 } })).rejects.toMatchObject({
      code: 'FW_CLIENT_OPTION',
    });
    await expect(
      call('http://a.test/', { falsework: { deadlineMs: Number.NaN } }),
    ).rejects.toMatchObject({ code: 'FW_CLIENT_OPTION' });
  });

  it('may share one budget between clients', () => {
    const budget = new RetryBudget({ burst: 3 });
    expect(settle({ budget }).budget).toBe(budget);
  });
});

describe('a deadline', () => {
  it.each([undefined, '', '-1', '1.5', 'soon', ['1', '2'], '9999999999999'])(
    'is none in a header that says %j',
    (value) => {
      expect(Deadline.fromHeaders({ 'falsework-deadline-ms': value })).toBeNull();
    },
  );

  it('runs from when it was read', async () => {
    const clock = new SimClock();
    const deadline = Deadline.fromHeaders(new Headers({ 'Falsework-Deadline-Ms': '250' }), clock);
    await clock.advance(100);
    expect(deadline?.leftMs).toBe(150);
    await clock.advance(200);
    expect(deadline?.leftMs).toBe(-50);
  });
});
