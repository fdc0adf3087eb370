import { isUnix, unixPath } from '../http/unix-address.ts';
import type { SideOptions } from './side-settings.ts';

/** How to connect to a side. */
export interface Reach {
  /** Its origin; of a socket in the file system, one of this machine. */
  readonly url: string;
  /** What goes to whatever makes the connection. */
  readonly connect: {
    readonly socketPath?: string;
    readonly ca?: Buffer;
    readonly rejectUnauthorized: boolean;
  };
}

/** Reads an origin, which may be `unix:` and a path. */
export function reachOf(origin: string, { ca, verify }: Pick<SideOptions, 'ca' | 'verify'>): Reach {
  const trust = { ...(ca === null ? {} : { ca }), rejectUnauthorized: verify };
  if (!isUnix(origin)) return { url: origin, connect: trust };
  return { url: 'http://localhost', connect: { ...trust, socketPath: unixPath(origin) } };
}
