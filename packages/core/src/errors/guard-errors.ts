import { operatingError, usageError } from './definition.ts';

export const GUARD_ERRORS = {
  FW_GUARD_URL: usageError({
    title: 'The address of a side is not an origin',
    message: (f: { side: string; got: string; expected: string }) =>
      `The ${f.side} address is ${f.got}; expected ${f.expected}. Nothing was started.`,
    action: 'Correct the address.',
  }),
  FW_GUARD_SIDES_EQUAL: usageError({
    title: 'Legacy and candidate are one and the same address',
    message: (f: { origin: string }) =>
      `Both sides are ${f.origin}, and a side compared with itself proves nothing. Nothing was started.`,
    action: 'Give the candidate its own address.',
  }),
  FW_GUARD_LOOP: usageError({
    title: 'The guard would send requests to itself',
    message: (f: { side: string; origin: string }) =>
      `The ${f.side} address ${f.origin} is where the guard itself listens. Nothing was started.`,
    action: 'Give the guard another port, or correct the address of that side.',
  }),
  FW_GUARD_OPTION: usageError({
    title: 'An option of the guard has a value that it cannot have',
    message: (f: { option: string; got: string; expected: string }) =>
      `The guard was given ${f.got} as \`${f.option}\`; it must be ${f.expected}. Nothing was started.`,
    action: 'Correct the option.',
  }),
  FW_GUARD_RELOAD: usageError({
    title: 'A setting of the guard cannot be changed while it runs',
    message: (f: { setting: string; because: string }) =>
      `The new configuration changes \`${f.setting}\`, which a running guard cannot: ${f.because}. Nothing was changed.`,
    action: 'Start the guard anew for it, or change that setting back and reload.',
  }),
  FW_GUARD_TLS: usageError({
    title: 'The guard cannot use a file of certificates or keys',
    message: (f: { file: string; because: string }) =>
      `The guard cannot use ${f.file} for TLS: ${f.because}. Nothing was changed.`,
    action: 'Give PEM files that it can read: a certificate, and the key that belongs to it.',
  }),
  FW_GUARD_SIDE_FAILED: operatingError({
    title: 'A side of the guard did not answer',
    message: (f: { side: string; because: string }) =>
      `The ${f.side} service, which serves this request, did not answer: ${f.because}.`,
    action: 'Look at that service; the guard passes on what it answers.',
    httpStatus: 502,
  }),
  FW_GUARD_SIDE_TIMEOUT: operatingError({
    title: 'A side of the guard did not answer in time',
    message: (f: { side: string; because: string }) =>
      `The ${f.side} service, which serves this request, ${f.because}.`,
    action: 'Look at that service, or give it more time.',
    httpStatus: 504,
  }),
  FW_GUARD_BUSY: operatingError({
    title: 'A side of the guard has as many requests as it may have',
    message: () =>
      'The service behind the guard has as many requests as it may have at once. Nothing was sent to it.',
    action: 'Try again a little later.',
  }),
  FW_GUARD_BODY_LONG: operatingError({
    title: 'The body of a request is longer than the guard passes on',
    message: () => 'The body of this request is longer than the guard is told to pass on.',
    action: 'Send less, or raise `limits.bodyBytesMax` of the guard.',
    retryable: false,
    httpStatus: 413,
  }),
  FW_GUARD_BODY_SLOW: operatingError({
    title: 'The body of a request came too slowly',
    message: () => 'Nothing of the body of this request came for too long.',
    action: 'Send it again, or raise `limits.bodyTimeoutMs` of the guard.',
    httpStatus: 408,
  }),
  FW_GUARD_REQUEST: usageError({
    title: 'A request cannot be passed on',
    message: (f: { because: string }) =>
      `The guard cannot pass this request on as it was sent: ${f.because}. It reached neither side.`,
    action: 'Correct the request.',
  }),
} as const;
