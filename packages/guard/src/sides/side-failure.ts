/** What became of a request that a side did not answer as a service should. */
export type FailureKind =
  /** Nobody listens at its address. */
  | 'refused'
  /** Its name has no address. */
  | 'not-found'
  /** Its address does not respond. */
  | 'unreachable'
  /** It did not answer in the time that it had. */
  | 'timeout'
  /** It closed the connection without an answer. */
  | 'closed'
  /** It closed the connection in the middle of its answer. */
  | 'broken-off'
  /** What it sent is not HTTP. */
  | 'not-http'
  /** The secure connection could not be made. */
  | 'tls'
  /** It answered with a status of 500 or above. */
  | 'status'
  /** The run was ended by us, because the process goes down. */
  | 'stopped'
  | 'other';

/** One failure of one side, as plain data. Never holds anything that the side sent. */
export interface SideFailure {
  readonly kind: FailureKind;
  /** The code of the error, such as `ECONNREFUSED`, or the status. */
  readonly code: string;
}

const KIND_BY_CODE: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'not-found',
  EAI_AGAIN: 'not-found',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  EACCES: 'unreachable',
  EPERM: 'unreachable',
  ETIMEDOUT: 'unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'unreachable',
  UND_ERR_SOCKET: 'closed',
  ECONNRESET: 'closed',
  ECONNABORTED: 'closed',
  EPIPE: 'closed',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'broken-off',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'not-http',
  // undici asserts what it takes for granted of an answer, such as a status of at least 100.
  ERR_ASSERTION: 'not-http',
  UND_ERR_DESTROYED: 'stopped',
  UND_ERR_CLOSED: 'stopped',
  EPROTO: 'tls',
};

/**
 * Sorts out what undici or a socket reported. `hasBegun` says whether the head of the answer had
 * arrived. Total.
 */
export function failureOf(error: unknown, hasBegun: boolean): SideFailure {
  const code = codeOf(error);
  const kind = KIND_BY_CODE[code] ?? kindByFamily(code);
  return { kind: kind === 'closed' && hasBegun ? 'broken-off' : kind, code };
}

/** The failure that a status is; `null` for a status that is an answer. */
export function failureOfStatus(status: number): SideFailure | null {
  return status >= 500 ? { kind: 'status', code: String(status) } : null;
}

/** Our own time limit was up. */
export const TIMED_OUT: SideFailure = Object.freeze({ kind: 'timeout', code: 'timeout' });

/** The run was ended because the process goes down. */
export const STOPPED: SideFailure = Object.freeze({ kind: 'stopped', code: 'stopped' });

const PARSER_ERROR = 'HTTPParserError';
const CLASS_NAME = /^[A-Z][A-Za-z]{2,40}$/;

const WORDS: Readonly<Record<FailureKind, string>> = {
  refused: 'refused the connection',
  'not-found': 'could not be found',
  unreachable: 'could not be reached',
  timeout: 'did not answer in time',
  closed: 'closed the connection without an answer',
  'broken-off': 'broke off its answer',
  'not-http': 'sent what is not HTTP',
  tls: 'failed to set up TLS',
  status: 'answered',
  stopped: 'was stopped',
  other: 'failed',
};

/** A failure as people read it: `refused the connection (ECONNREFUSED)`, `answered 503`. */
export function failureWords({ kind, code }: SideFailure): string {
  if (kind === 'status') return `${WORDS.status} ${code}`;
  return kind === 'timeout' || kind === 'stopped' ? WORDS[kind] : `${WORDS[kind]} (${code})`;
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'no code';
  const { code, name, errors } = error as { code?: unknown; name?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  // undici 8 leaves the code of its parser's errors undefined.
  if (name === PARSER_ERROR) return name;
  // Several addresses were tried, one after the other; the first failure says as much as any.
  if (Array.isArray(errors) && errors.length > 0) return codeOf(errors[0]);
  // The name of an error's class is all that is left to go by. Not its message, which may quote
  // what the side sent.
  return typeof name === 'string' && CLASS_NAME.test(name) ? name : 'no code';
}

function kindByFamily(code: string): FailureKind {
  if (code === PARSER_ERROR || code.startsWith('HPE_')) return 'not-http';
  const isTls = /^(?:ERR_(?:TLS|SSL)_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code);
  return isTls ? 'tls' : 'other';
}
