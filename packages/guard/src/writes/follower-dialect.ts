import type { Entry, Identifier, Intent } from '../journal/index.ts';
import type { SideAnswer, WriteToSend } from './side-answer.ts';

/** A write in the follower's words; or why it cannot be put so yet. */
export type Translation =
  | { readonly ok: true; readonly write: WriteToSend }
  | { readonly ok: false; readonly because: string };

/** Where the two sides call one thing by two names. */
export interface FollowerDialect {
  /** Identifiers that the authority generated, out of its answer. */
  identifiersOf(route: string, body: Uint8Array): Readonly<Record<string, Identifier>>;
  /** The write as the follower understands it: the same on every attempt. */
  toFollower(intent: Intent): Translation;
  /**
   * Learns from the follower's answer; resolves when that is durable. To a reason when the two
   * answers cannot be paired: nothing was learned then.
   */
  learn(entry: Entry, answer: SideAnswer): Promise<string | null>;
}

/** Both sides call everything the same. */
export const SAME_WORDS: FollowerDialect = Object.freeze({
  identifiersOf: () => ({}),
  toFollower: ({ method, path, headers, body }: Intent): Translation => ({
    ok: true,
    write: { method, path, headers, body },
  }),
  learn: () => Promise.resolve(null),
});
