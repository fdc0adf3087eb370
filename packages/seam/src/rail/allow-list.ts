/** True for a destination that a seam may call from its shadow runs. */
export type MayCall = (host: string, port: number | null) => boolean;

const HOST = /^(?:\*\.)?[^\s/:*@]+(?::\d{1,5})?$|^\[[\da-f:.]+\](?::\d{1,5})?$|^unix:\/.+$/i;

/** True for text that names a host: `db.internal`, `10.0.0.7:5432`, `*.example.com`, `[::1]:80`. */
export function isHostPattern(pattern: unknown): boolean {
  return typeof pattern === 'string' && HOST.test(pattern);
}

/**
 * Compiles hosts, each with or without a port, into a question. `*.` before a name stands for every
 * name below it. Names are compared as they are written by whoever calls: an address does not stand
 * for a name, nor the other way round.
 */
export function allowList(patterns: readonly string[]): MayCall {
  if (patterns.length === 0) return () => false;
  const tests = patterns.map((pattern) => testOf(pattern.toLowerCase()));
  return (host, port) => {
    const bare = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
    return tests.some((test) => test(bare, port));
  };
}

function testOf(pattern: string): MayCall {
  if (pattern.startsWith('unix:')) return (host) => host === pattern;
  const port = /:(\d+)$/.exec(pattern.replace(/^\[.*?\]/, ''))?.[1];
  const named = port === undefined ? pattern : pattern.slice(0, -port.length - 1);
  const bare = named.replace(/^\[(.*)\]$/, '$1');
  const isAnyPort = port === undefined;
  const isHost = bare.startsWith('*.')
    ? (host: string) => host.endsWith(bare.slice(1))
    : (host: string) => host === bare;
  return (host, calledPort) => isHost(host) && (isAnyPort || calledPort === Number(port));
}
