/** What a store holds of TPC-B. Its history has only what was done on this store. */
export interface Books {
  /** By table, one value over all of its rows. */
  readonly digests: Readonly<Record<string, string>>;
  /** By account: the sum of its changes, and how many they were. */
  readonly history: readonly (readonly [account: string, delta: number, count: number])[];
  readonly accounts: readonly (readonly [account: string, balance: number, _: number])[];
  /** What tellers and branches have, each in all. */
  readonly sums: readonly (readonly [what: string, sum: number, _: number])[];
}

/** What two stores hold, and how many transactions were acknowledged over both. */
export interface BothBooks {
  readonly legacy: Books;
  readonly candidate: Books;
  readonly transactions: number;
}

/**
 * Holds both stores against each other and against both histories together. A transaction that was
 * lost or applied twice leaves its account, its teller and its branch apart from the histories.
 */
export function auditBooks({ legacy, candidate, transactions }: BothBooks): string[] {
  const found = Object.keys(legacy.digests)
    .filter((table) => legacy.digests[table] !== candidate.digests[table])
    .map((table) => `${table} differs between the stores`);
  const history = new Map<string, number>();
  let kept = 0;
  for (const [account, delta, count] of [...legacy.history, ...candidate.history]) {
    history.set(account, (history.get(account) ?? 0) + delta);
    kept += count;
  }
  if (kept !== transactions) {
    found.push(`${transactions} transactions were acknowledged, ${kept} are in the histories`);
  }
  const total = [...history.values()].reduce((sum, delta) => sum + delta, 0);
  for (const [side, books] of Object.entries({ legacy, candidate })) {
    const wrong = books.accounts.filter(([account, has]) => has !== (history.get(account) ?? 0));
    if (wrong.length > 0) {
      found.push(`${wrong.length} accounts of ${side} are not the sum of the histories`);
    }
    for (const [what, sum] of books.sums) {
      if (sum !== total) found.push(`the ${what} of ${side} are not the sum of the histories`);
    }
  }
  return found;
}
