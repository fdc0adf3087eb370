/** What there is on an account. */
export interface Standing {
  readonly cents: bigint;
  readonly held: bigint;
  readonly lines: number;
}

/** What a reader of an account is answered. Texts, because money is not a floating number. */
export interface AccountAnswer {
  readonly account: string;
  readonly balance: string;
  readonly held: string;
  readonly lines: number;
  /** One day's interest on the balance, to a ten-thousandth of a cent. */
  readonly interest: string;
}

/** Interest of a year, in hundredths of a percent. */
const INTEREST_BASIS_POINTS = 175n;
const DAYS = 365n;

/** The only right answer for a standing, worked out in whole numbers. */
export function answerOf(account: string, { cents, held, lines }: Standing): AccountAnswer {
  const interest = rounded(cents * INTEREST_BASIS_POINTS, DAYS);
  return {
    account,
    balance: decimal(cents, 2),
    held: decimal(held, 2),
    lines,
    interest: decimal(interest, 6),
  };
}

/** Half away from zero, as `round(numeric)` does it. */
function rounded(value: bigint, by: bigint): bigint {
  const sign = value < 0n ? -1n : 1n;
  return (sign * (2n * sign * value + by)) / (2n * by);
}

/** A whole number of the smallest unit, as text with this many digits after the point. */
export function decimal(value: bigint, digits: number): string {
  const sign = value < 0n ? '-' : '';
  const text = (value < 0n ? -value : value).toString().padStart(digits + 1, '0');
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
