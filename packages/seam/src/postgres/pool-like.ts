/** A pool of connections, as `pg` has one. Only what is used of it. */
export interface PoolLike {
  query: (...args: never[]) => unknown;
  connect: (...args: never[]) => unknown;
  end: (...args: never[]) => unknown;
  readonly options?: object;
}

/** One connection of a pool. */
export interface ClientLike {
  query: (...args: unknown[]) => Promise<QueryAnswer>;
  release: (isBroken?: boolean) => void;
  on: (event: 'error', listener: (error: Error) => void) => unknown;
  removeListener: (event: 'error', listener: (error: Error) => void) => unknown;
  readonly processID?: number | null;
  getTransactionStatus?: () => string | null;
}

/** What a query answers. */
export interface QueryAnswer {
  readonly command: string;
  readonly rowCount: number | null;
  readonly rows: readonly unknown[];
}

/** What PostgreSQL says of a failure. */
export function sqlStateOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
