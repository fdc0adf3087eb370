/** Randomness as everything that decides sees it. */
export interface Random {
  /** A number at or above 0 and below 1. */
  next(): number;
}
