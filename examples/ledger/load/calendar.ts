/** The business's calendar: a month lasts until it is closed, and time stands still within it. */
export class Calendar {
  #year: number;
  #month: number;

  /** `first` is the first day of the month to begin with, `2026-01-01`. */
  constructor(first: string) {
    const [year = 0, month = 1] = first.split('-').map(Number);
    this.#year = year;
    this.#month = month;
  }

  /** When whatever happens now happens. */
  now(): Date {
    return new Date(Date.UTC(this.#year, this.#month - 1, 15, 12));
  }

  /** Begins the next month; gives the first day of the one that is over, and its last instant. */
  turn(): { readonly month: string; readonly end: Date } {
    const month = `${this.#year}-${String(this.#month).padStart(2, '0')}-01`;
    const end = new Date(Date.UTC(this.#year, this.#month, 1) - 1);
    this.#year += this.#month === 12 ? 1 : 0;
    this.#month = (this.#month % 12) + 1;
    return { month, end };
  }
}
