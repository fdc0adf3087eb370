import { operatingError, usageError } from './definition.ts';

export const CLIENT_ERRORS = {
  FW_CLIENT_OPTION: usageError({
    title: 'An option of the client has a value that it cannot have',
    message: (f: { option: string; got: string; expected: string }) =>
      `The client was given ${f.got} as \`${f.option}\`; it must be ${f.expected}. Nothing was sent.`,
    action: 'Correct the option.',
  }),
  FW_CLIENT_DEADLINE: operatingError({
    title: 'The deadline of a call passed',
    message: (f: { method: string; origin: string; tries: number; last: string }) =>
      `${f.method} ${f.origin} was given up at its deadline, after ${f.tries} ${f.tries === 1 ? 'try' : 'tries'}: ${f.last}. ` +
      'If a try had been sent, the server may have done what it asked for.',
    action:
      'Ask again with the same idempotency key, or look first whether the call took effect; give the call more time if the server is known to need it.',
    httpStatus: 504,
  }),
  FW_CLIENT_TRY_TIMEOUT: operatingError({
    title: 'One try of a call took too long',
    message: (f: { method: string; origin: string; timeoutMs: number }) =>
      `${f.method} ${f.origin} had no answer within the ${f.timeoutMs} ms that one try may take. ` +
      'The server may have done what it asked for.',
    action:
      'Look at that service; raise `tryTimeoutMs` if its answers are known to take longer than this.',
    httpStatus: 504,
  }),
} as const;
