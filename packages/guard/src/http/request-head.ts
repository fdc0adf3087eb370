/**
 * What one pass over a request's raw headers finds. One scanner is used for all requests, one after
 * the other, so that reading a head allocates nothing but the array that goes upstream, and not
 * even that when nothing has to be left out.
 */
export class RequestHead {
  /**
   * The headers to send on: order, case and repetitions as the caller sent them, hop-by-hop ones
   * left out.
   */
  headers: string[] = [];
  hasBody = false;
  /**
   * The answer depends on what the caller has already, so the two sides may rightly answer
   * differently.
   */
  isConditional = false;
  /**
   * More than one is two addresses for one request: the two sides could each believe another one.
   */
  hosts = 0;
  /** The last of them. */
  host = '';
  isChunked = false;
  /** What the caller says that its body has; 0 where it does not say. */
  length = 0;
  /** True when proxies before us, or whoever pretends to be one, left their word. */
  hasForwarded = false;
  /** What makes it unclear where the request ends, or for whom it is; `null` for nothing. */
  flaw: string | null = null;
  // Nearly always the one that the caller before this one named.
  #soundHost = '';

  read(rawHeaders: string[]): void {
    this.hasBody = false;
    this.isConditional = false;
    this.hosts = 0;
    this.host = '';
    this.isChunked = false;
    this.length = 0;
    this.hasForwarded = false;
    this.flaw = null;
    this.headers = rawHeaders;
    let kept: string[] | null = null;
    let listed: string | null = null;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] as string;
      const value = rawHeaders[i + 1] as string;
      const fate = this.#fateOf(name, value);
      if (fate === 'names-others') listed = listed === null ? value : `${listed},${value}`;
      // The array is copied at the first header that has to go, and not before.
      if (fate !== 'keep') kept ??= rawHeaders.slice(0, i);
      else if (kept !== null) kept.push(name, value);
    }
    if (kept !== null) this.headers = kept;
    if (listed !== null) this.headers = withoutListed(this.headers, listed);
  }

  /**
   * The lengths come first because comparing them is cheaper than lower-casing every name of every
   * request.
   */
  #fateOf(name: string, value: string): ReturnType<typeof fateOfConnection> {
    switch (name.length) {
      case 2:
        return isNamed(name, 'te') ? 'drop' : 'keep';
      case 3:
        if (isNamed(name, 'via')) this.hasForwarded = true;
        return 'keep';
      case 4:
        if (isNamed(name, 'host')) this.#noteHost(value);
        return 'keep';
      case 6:
        // Node has already told the caller to go on.
        return isNamed(name, 'expect') ? 'drop' : 'keep';
      case 7:
        // Trailers of requests are not sent on, so nothing may announce them.
        return isNamed(name, 'upgrade') || isNamed(name, 'trailer') ? 'drop' : 'keep';
      case 8:
        if (isNamed(name, 'if-match') || isNamed(name, 'if-range')) this.isConditional = true;
        return 'keep';
      case 9:
        if (isNamed(name, 'forwarded') || isNamed(name, 'x-real-ip')) this.hasForwarded = true;
        return 'keep';
      case 10:
        if (isNamed(name, 'connection')) return fateOfConnection(value);
        return isNamed(name, 'keep-alive') ? 'drop' : 'keep';
      case 13:
        if (isNamed(name, 'if-none-match')) this.isConditional = true;
        return 'keep';
      case 14:
        if (isNamed(name, 'content-length') && value !== '0') this.#noteLength(value);
        return 'keep';
      case 15:
      case 18:
        this.#noteForwarded(name);
        return 'keep';
      case 16:
        this.#noteForwarded(name);
        return isNamed(name, 'proxy-connection') ? 'drop' : 'keep';
      case 17:
        if (isNamed(name, 'if-modified-since')) this.isConditional = true;
        this.#noteForwarded(name);
        // Ours: a caller that says it would have its write left undone by one side and not by the
        // other.
        if (isNamed(name, 'falsework-dry-run')) return 'drop';
        if (!isNamed(name, 'transfer-encoding')) return 'keep';
        this.#noteCoding(value);
        return 'drop';
      case 19:
        if (isNamed(name, 'if-unmodified-since')) this.isConditional = true;
        return 'keep';
      default:
        return 'keep';
    }
  }

  /** `X-Forwarded-For` and its kin; what exactly, is looked at where it matters. */
  #noteForwarded(name: string): void {
    if (name.charCodeAt(1) === HYPHEN && name.toLowerCase().startsWith('x-forwarded-')) {
      this.hasForwarded = true;
    }
  }

  #noteHost(value: string): void {
    this.hosts += 1;
    this.host = value;
    if (value === this.#soundHost) return;
    if (HOST.test(value)) this.#soundHost = value;
    else this.flaw = 'its Host header is not the name of a host';
  }

  #noteLength(value: string): void {
    this.hasBody = true;
    // Node's client counts in doubles, and would announce another length than the caller did.
    this.length = Number(value);
    if (!Number.isSafeInteger(this.length)) this.flaw = 'its length is beyond what can be counted';
  }

  #noteCoding(value: string): void {
    this.hasBody = true;
    this.isChunked = true;
    // Chunks are undone here and made anew. Whatever else was done to the body would then no longer
    // be named, and a side that reads a coding which another one overlooks sees two requests.
    if (value !== 'chunked' && value.toLowerCase() !== 'chunked') {
      this.flaw = 'it has a transfer encoding other than chunked';
    }
  }
}

const HYPHEN = 45;

// RFC 9110, section 7.2: a name or an address, and perhaps a port. Without the comma, which a name
// may hold by the letter: it is how two hosts look that somebody before us has joined. An empty one
// is what a request without a host of its own has to say.
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[\w.~%!$&'()*+;=-]*)(?::\d*)?$/;

const NEVER_OF_THE_CONNECTION =
  'content-length host content-type forwarded via x-real-ip x-forwarded-for x-forwarded-host x-forwarded-proto'.split(
    ' ',
  );

function isNamed(name: string, lowerCase: string): boolean {
  return name === lowerCase || name.toLowerCase() === lowerCase;
}

/**
 * Nearly every client sends `keep-alive`, which undici takes for itself and does not send on:
 * leaving it in saves the copy of the whole array. `close` would close our own connection to the
 * side with it.
 */
function fateOfConnection(value: string): 'keep' | 'drop' | 'names-others' {
  if (value === 'keep-alive' || value === 'Keep-Alive') return 'keep';
  return value === 'close' ? 'drop' : 'names-others';
}

/** Headers that `Connection` names are between this caller and us: RFC 9110, section 7.6.1. */
function withoutListed(headers: readonly string[], listed: string): string[] {
  const names = new Set(listed.split(',').map((name) => name.trim().toLowerCase()));
  // These say how long the message is, for whom and from whom; a caller that lists them must not
  // make us lose that.
  for (const name of NEVER_OF_THE_CONNECTION) names.delete(name);
  return headers.flatMap((name, i) =>
    i % 2 === 1 || names.has(name.toLowerCase()) ? [] : [name, headers[i + 1] as string],
  );
}
