import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';

/** Which metadata passes to a side. Names in lower case; `x-internal-*` means all that begin so. */
export interface MetadataList {
  /** What passes; everything when left out. */
  readonly allow?: readonly string[];
  /** What does not, even where it is allowed. */
  readonly deny?: readonly string[];
}

/** Headers with what does not pass taken out. */
export type MetadataFilter = (headers: IncomingHttpHeaders) => OutgoingHttpHeaders;

// The call itself: without these it would be another one, or none.
const OF_THE_CALL =
  /^(?:te|content-type|user-agent|grpc-(?:encoding|accept-encoding|message-type))$/;
// Of the connection, or said anew by us.
const OF_THE_HOP =
  /^(?::.*|connection|keep-alive|proxy-connection|transfer-encoding|upgrade|host)$/;

/**
 * Headers as they came: what was said several times is a list. Node joins such values with commas,
 * which makes one value of two.
 */
export function headersAsSent(rawHeaders: readonly string[]): IncomingHttpHeaders {
  // A caller may name a header after a property that every object has.
  const headers: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const value = rawHeaders[i + 1] as string;
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else headers[name] = [...[before].flat(), value];
  }
  return headers;
}

/** Compiles the lists of one side. A denial wins over whatever allows. */
export function metadataFilter({ allow, deny = [] }: MetadataList): MetadataFilter {
  const allows = allow === undefined ? () => true : namesOf(allow);
  const denies = namesOf(deny);
  return (headers) => {
    const passed: OutgoingHttpHeaders = {};
    for (const [name, value] of Object.entries(headers)) {
      if (OF_THE_HOP.test(name)) continue;
      if (OF_THE_CALL.test(name) || (allows(name) && !denies(name))) passed[name] = value;
    }
    return passed;
  };
}

/** Whether a name is in a list. */
export function namesOf(list: readonly string[]): (name: string) => boolean {
  const names = list.map((name) => name.toLowerCase());
  const whole = new Set(names.filter((name) => !name.endsWith('*')));
  const beginnings = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  return (name) => whole.has(name) || beginnings.some((beginning) => name.startsWith(beginning));
}
