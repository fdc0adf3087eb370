import { operatingError, usageError } from './definition.ts';

export const CONTROL_ERRORS = {
  FW_CONTROL_UNREACHABLE: operatingError({
    title: 'Control does not answer',
    message: (f: { url: string; because: string }) =>
      `Control at ${f.url} does not answer: ${f.because}. Planes serve on by their last snapshot.`,
    action: 'Start it with `falsework up`, or name another address with --control.',
  }),
  FW_CONTROL_ANSWER: operatingError({
    title: 'Control answered with something else',
    message: (f: { url: string; status: number; because: string }) =>
      `${f.url} answered with status ${f.status}: ${f.because}.`,
    action: 'Check that the address is control, and that both sides run the same version.',
    retryable: false,
    httpStatus: 502,
  }),
  FW_TOKEN_MISSING: operatingError({
    title: 'A token is needed',
    message: (f: { url: string }) => `${f.url} needs a bearer token, and none was sent.`,
    action: 'Set FALSEWORK_TOKEN, or run where `falsework up` left its token file.',
    retryable: false,
    httpStatus: 401,
  }),
  FW_TOKEN_REFUSED: operatingError({
    title: 'The token does not allow this',
    message: (f: { url: string; needs: string }) =>
      `The token is unknown, or its role is below ${f.needs}, which ${f.url} needs.`,
    action: 'Use a token of that role.',
    retryable: false,
    httpStatus: 403,
  }),
  FW_SIGN_IN_REFUSED: operatingError({
    title: 'Signing in was refused',
    message: (f: { because: string }) => `Nobody was signed in: ${f.because}.`,
    action:
      'Take the token that `falsework up` left in its state folder, or one of the configuration.',
    retryable: false,
    httpStatus: 403,
  }),
  FW_SIGN_IN_LIMITED: operatingError({
    title: 'Too many wrong tokens',
    message: (f: { address: string; waitS: number }) =>
      `Too many wrong tokens came from ${f.address}. The next one is looked at in ${f.waitS} s.`,
    action: 'Wait that long; Retry-After says it to programs. Sessions that are open go on.',
    httpStatus: 429,
  }),
  FW_TOKEN_UNREADABLE: usageError({
    title: 'A token of the configuration cannot be used',
    message: (f: { name: string; because: string }) =>
      `The token of ${f.name} cannot be used: ${f.because}. Nothing was started.`,
    action: 'Set the variable or write the file that control.tokens names, each with its own.',
  }),
  FW_SESSION_OVER: operatingError({
    title: 'The session is over',
    message: (f: { url: string }) =>
      `${f.url} was asked for with a session that is over, or that was never opened here.`,
    action: 'Sign in again. Nothing was changed.',
    retryable: false,
    httpStatus: 401,
  }),
  FW_REQUEST_CROSS_SITE: operatingError({
    title: 'A request came from another site',
    message: (f: { because: string }) =>
      `The request rests on a session and does not come from the console: ${f.because}.`,
    action: 'Use the console itself; programs send a bearer token. Nothing was changed.',
    retryable: false,
    httpStatus: 403,
  }),
  FW_REQUEST_INVALID: usageError({
    title: 'A request does not have the right shape',
    message: (f: { what: string; problems: string }) =>
      `The ${f.what} is not valid: ${f.problems}.`,
    action: 'See /openapi.json for the shape. Nothing was changed.',
  }),
  FW_MIGRATION_UNKNOWN: operatingError({
    title: 'There is no such migration',
    message: (f: { migration: string; known: string }) =>
      `There is no migration named ${f.migration}; there is ${f.known}.`,
    action: 'Name one of those, or start it with `falsework up`.',
    retryable: false,
    httpStatus: 404,
    exitCode: 2,
  }),
  FW_CAUSE_UNKNOWN: operatingError({
    title: 'There is no such cause of differences',
    message: (f: { migration: string; id: string }) =>
      `${f.migration} has no cause #${f.id}. Nothing was changed.`,
    action: 'See which there are: `falsework diffs --all`.',
    retryable: false,
    httpStatus: 404,
    exitCode: 2,
  }),
  FW_ROUTE_UNKNOWN: operatingError({
    title: 'There is no such route',
    message: (f: { method: string; path: string }) => `There is no ${f.method} ${f.path}.`,
    action: 'See /openapi.json for what there is.',
    retryable: false,
    httpStatus: 404,
  }),
  FW_DECISION_RACE: operatingError({
    title: 'Somebody else decided first',
    message: (f: { migration: string }) =>
      `${f.migration} kept changing while this was decided. Nothing was changed.`,
    action: 'See where it stands now and ask again.',
    httpStatus: 409,
  }),
  FW_LISTEN: operatingError({
    title: 'The address cannot be listened on',
    message: (f: { host: string; port: number; because: string }) =>
      `Cannot listen on ${f.host}:${f.port}: ${f.because}. Nothing was started.`,
    action: 'Free the port, or name another with --port.',
    retryable: false,
    exitCode: 2,
  }),
  FW_LISTEN_UNPROTECTED: usageError({
    title: 'Listening beyond this machine needs tokens',
    message: (f: { host: string }) =>
      `Control would listen on ${f.host} with no token set, so that anybody could change state.`,
    action: 'Set tokens in the configuration or FALSEWORK_TOKEN, or listen on 127.0.0.1.',
  }),
  FW_INTERNAL: operatingError({
    title: 'Control failed',
    message: (f: { where: string }) => `Control failed in ${f.where}; its log has the cause.`,
    action: 'Read the log of control. What was acknowledged before is kept.',
    httpStatus: 500,
  }),
} as const;
