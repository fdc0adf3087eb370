import type { FenceMark, FenceReason, ReadFence } from '@falsework/core/routing';

interface MarkOfBoth extends FenceMark {
  readonly position: { readonly there: FenceMark | null; readonly back: FenceMark | null };
}

/**
 * The fence of a migration that can come back: `there` stands before reads of the candidate's store,
 * and `back` is the one of legacy's, for the time in which legacy is fed. Who is served is for
 * `there` to say; that two answers may differ because a key was just written, either of them knows.
 *
 * ```ts
 * const fence = fenceBothWays(
 *   openReadFence({ feed: forward, keys: { entries: 'account' } }),
 *   openReadFence({ feed: reverse, keys: { ledger_entries: 'account_id' } }),
 * );
 * ```
 */
export function fenceBothWays(there: ReadFence, back: ReadFence): ReadFence {
  return {
    check: (key: string | null): Promise<FenceReason | null> => there.check(key),
    mark: (): MarkOfBoth | null => {
      const position = { there: there.mark(), back: back.mark() };
      return position.there === null && position.back === null ? null : { position };
    },
    hasMoved: async (mark, key) => {
      const { position } = mark as MarkOfBoth;
      // A feed that has begun since then did so because the stores changed places.
      const asked = [
        position.there === null ? there.mark() !== null : there.hasMoved(position.there, key),
        position.back === null ? back.mark() !== null : back.hasMoved(position.back, key),
      ];
      return (await Promise.all(asked)).includes(true);
    },
  };
}
