import { BlockList } from 'node:net';

/**
 * Whose word is taken for where a request came from before us. `private`: of callers on this
 * machine and in private networks, which are proxies of one's own; what any other caller says is
 * left out. `all`, `none`: of every caller, or of nobody. `off`: nothing is said and nothing left
 * out.
 */
export type TrustedForwarding = 'private' | 'all' | 'none' | 'off';

/** Where a connection keeps what is said of it: a map from it would cost more to look after. */
const SAID = Symbol('falsework.said');

/** One caller's connection, as far as sides are told of it. */
export interface CallerConnection {
  [SAID]?: Said;
  readonly remoteAddress?: string | undefined;
  /** True under TLS. */
  readonly encrypted?: boolean;
}

/** What a connection adds to each of its requests; made once for each connection. */
interface Said {
  readonly address: string;
  readonly protocol: 'http' | 'https';
}

// The networks of RFC 1918, RFC 4193 and RFC 6598, loopback and link-local: nobody gets into them
// from outside.
const OWN = new BlockList();
OWN.addSubnet('127.0.0.0', 8);
OWN.addSubnet('10.0.0.0', 8);
OWN.addSubnet('172.16.0.0', 12);
OWN.addSubnet('192.168.0.0', 16);
OWN.addSubnet('169.254.0.0', 16);
OWN.addSubnet('100.64.0.0', 10);
OWN.addAddress('::1', 'ipv6');
OWN.addSubnet('fc00::', 7, 'ipv6');
OWN.addSubnet('fe80::', 10, 'ipv6');

const MAPPED = '::ffff:';

/**
 * Tells sides who the caller is, which they no longer see: their peer is the guard now. Nothing is
 * made for a request but the list that goes upstream.
 */
export class Forwarding {
  readonly #trusted: TrustedForwarding;

  constructor(trusted: TrustedForwarding) {
    this.#trusted = trusted;
  }

  /** False when requests go on as they came. */
  get isOn(): boolean {
    return this.#trusted !== 'off';
  }

  /**
   * The headers with `X-Forwarded-For`, `X-Forwarded-Proto` and `Via`. `hasForwarded` says that some
   * of them, or of their kind, may be there already. The list that comes in is not changed.
   */
  told(
    headers: readonly string[],
    connection: CallerConnection,
    version: string,
    hasForwarded: boolean,
  ): string[] {
    const said = (connection[SAID] ??= say(connection));
    if (hasForwarded) return merged(headers, said, { version, isTrusted: this.#trusts(said) });
    const told = headers.slice();
    told.push('X-Forwarded-For', said.address, 'X-Forwarded-Proto', said.protocol, 'Via', version);
    return told;
  }

  /** Asked only of those who say something: it takes microseconds. */
  #trusts({ address }: Said): boolean {
    return this.#trusted === 'all' || (this.#trusted === 'private' && isOwn(address));
  }
}

// RFC 7239, section 6: of a socket in the file system there is no address.
const NO_ADDRESS = 'unknown';

function say({ remoteAddress = NO_ADDRESS, encrypted = false }: CallerConnection): Said {
  const isMapped = remoteAddress.startsWith(MAPPED);
  return {
    address: isMapped ? remoteAddress.slice(MAPPED.length) : remoteAddress,
    protocol: encrypted ? 'https' : 'http',
  };
}

function isOwn(address: string): boolean {
  if (address === NO_ADDRESS) return true;
  return OWN.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

// Whoever believes one of them believes that its caller is another one.
const ABOUT_THE_CALLER = new Set([
  'forwarded',
  'x-real-ip',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-forwarded-server',
]);

/** The slower way, for a request that came through proxies or pretends that it did. */
function merged(
  headers: readonly string[],
  { address, protocol }: Said,
  { version, isTrusted }: { readonly version: string; readonly isTrusted: boolean },
): string[] {
  const kept: string[] = [];
  const seen: Record<'via' | 'forwarded' | 'x-forwarded-for', string[]> = {
    via: [],
    forwarded: [],
    'x-forwarded-for': [],
  };
  let hasProtocol = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    const value = headers[i + 1] as string;
    const lowerCase = name.toLowerCase();
    if (ABOUT_THE_CALLER.has(lowerCase) && !isTrusted) continue;
    // Who repeats a header of this kind means one list: RFC 9110, section 5.3.
    if (lowerCase in seen) seen[lowerCase as keyof typeof seen].push(value);
    else kept.push(name, value);
    hasProtocol ||= lowerCase === 'x-forwarded-proto';
  }
  kept.push('X-Forwarded-For', [...seen['x-forwarded-for'], address].join(', '));
  if (!hasProtocol) kept.push('X-Forwarded-Proto', protocol);
  if (seen.forwarded.length > 0) {
    const node = address.includes(':') ? `"[${address}]"` : address;
    kept.push('Forwarded', [...seen.forwarded, `for=${node};proto=${protocol}`].join(', '));
  }
  kept.push('Via', [...seen.via, version].join(', '));
  return kept;
}
