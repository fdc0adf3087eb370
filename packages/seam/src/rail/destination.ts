/** Where a connection goes. */
export interface Destination {
  readonly host: string;
  /** `null` for a path in the file system. */
  readonly port: number | null;
}

/** What the arguments of `socket.connect` say, in any of the forms that Node takes. */
export function destinationOf(args: readonly unknown[]): Destination {
  // `net.connect` hands on its arguments in a list of its own.
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  if (typeof first === 'object' && first !== null) {
    const { path, host, port } = first as { path?: unknown; host?: unknown; port?: unknown };
    return typeof path === 'string' ? ofPath(path) : ofPort(port, host);
  }
  const isPath = typeof first === 'string' && !/^\d+$/.test(first);
  return isPath ? ofPath(first) : ofPort(first, second);
}

function ofPath(path: string): Destination {
  return { host: `unix:${path}`, port: null };
}

function ofPort(port: unknown, host: unknown): Destination {
  const number = Number(port);
  return {
    host: typeof host === 'string' && host !== '' ? host : 'localhost',
    port: Number.isInteger(number) ? number : null,
  };
}
