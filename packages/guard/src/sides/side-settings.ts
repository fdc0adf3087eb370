import type { HeaderList } from './header-list.ts';

/** How one side is reached and what it gets, in the shape that the configuration gives it. */
export interface SideSettings {
  /**
   * A PEM file: who vouches for the certificate of the side, instead of those that the system
   * knows.
   */
  readonly ca?: string | null;
  /** False: its certificate is not looked at. Whoever is in between can then read everything. */
  readonly verify?: boolean;
  /** Which headers of requests it gets. */
  readonly headers?: HeaderList;
  /** Requests of callers at once; `null`: any number. One more gets 503. */
  readonly requestsMax?: number | null;
  /** Shadows at once, over all routes. One more is shed. */
  readonly shadowsMax?: number;
}

/** A side with nothing left open. */
export interface SideOptions extends Required<Omit<SideSettings, 'ca'>> {
  /** The content of the file; `null`: the system's. */
  readonly ca: Buffer | null;
  /** How long it may take to begin an answer to a caller; `null`: as long as the caller waits. */
  readonly answerTimeoutMs: number | null;
}

/** What holds where nothing else was said. */
export const DEFAULT_SIDE: SideOptions = Object.freeze({
  ca: null,
  verify: true,
  headers: Object.freeze({}),
  requestsMax: null,
  // The policy has four at once for each route; this is for the many routes of one service.
  shadowsMax: 128,
  answerTimeoutMs: null,
});
