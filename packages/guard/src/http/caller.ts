import type { Listening } from './caller-response.ts';

/** What a body is read from: the caller's message, or its stream. */
export interface BodySource {
  /** True when all of it has arrived. */
  readonly complete: boolean;
  pause(): unknown;
  resume(): unknown;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
  off(event: 'data', listener: (chunk: Buffer) => void): unknown;
  off(event: 'end' | 'close', listener: () => void): unknown;
}

/** A request as it goes to a side, whichever version of HTTP its caller speaks. */
export interface CallerRequest extends BodySource {
  readonly method?: string | undefined;
  /** The target: path and query. */
  readonly url?: string | undefined;
  /** Names and values in turn, as HTTP/1.1 would have them. */
  readonly rawHeaders: string[];
}

/** Where an answer goes, whichever version of HTTP its caller speaks. */
export interface CallerAnswer {
  /** Who hears of room on the caller's connection, and of its end. */
  listening: Listening | null;
  /** False: nothing more is taken on this connection, where it carries one request at a time. */
  shouldKeepAlive: boolean;
  readonly headersSent: boolean;
  /** `headers` are names and values in turn. Throws for what no client should be sent. */
  writeHead(status: number, reason: string, headers: string[]): unknown;
  /** False when the caller takes no more for now. */
  write(chunk: Buffer): boolean;
  /** Throws for what no client should be sent. */
  addTrailers(pairs: readonly [string, string][]): void;
  end(chunk?: Buffer): unknown;
  /** Calls back when nothing more of the answer will go out. */
  onceOver(over: () => void): void;
  /** Breaks the answer off, so that the caller sees that it is not whole. */
  destroy(): unknown;
}
