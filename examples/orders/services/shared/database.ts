import { DatabaseSync } from 'node:sqlite';

/** An order as it stands in the store that both services work on. Money is in whole cents. */
export interface OrderRow {
  readonly id: string;
  readonly customer: string;
  readonly placedAt: number;
  readonly status: 'open' | 'paid' | 'cancelled';
  readonly coupon: string | null;
  /** JSON: a list of `{ sku, quantity, unitCents }`. */
  readonly lines: string;
}

/**
 * The store of both services: one SQLite file, as a legacy service and its successor would share
 * one database.
 */
export class OrderDatabase {
  readonly #db: DatabaseSync;
  readonly #byId;
  readonly #byCustomer;
  readonly #insert;
  readonly #setStatus;

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA busy_timeout = 5000;
      CREATE TABLE IF NOT EXISTS orders (
        id TEXT PRIMARY KEY, customer TEXT NOT NULL, placedAt INTEGER NOT NULL,
        status TEXT NOT NULL, coupon TEXT, lines TEXT NOT NULL
      ) STRICT;
      CREATE INDEX IF NOT EXISTS orders_of_customer ON orders (customer, placedAt DESC, id);
    `);
    this.#byId = this.#db.prepare('SELECT * FROM orders WHERE id = ?');
    this.#byCustomer = this.#db.prepare(
      'SELECT * FROM orders WHERE customer = ? ORDER BY placedAt DESC, id LIMIT 10',
    );
    // The identifier comes from the caller, so a retried creation finds the order that is there.
    this.#insert = this.#db.prepare(
      'INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#setStatus = this.#db.prepare(
      "UPDATE orders SET status = ? WHERE id = ? AND status = 'open'",
    );
  }

  order(id: string): OrderRow | undefined {
    return this.#byId.get(id) as OrderRow | undefined;
  }

  ordersOf(customer: string): OrderRow[] {
    return this.#byCustomer.all(customer) as unknown as OrderRow[];
  }

  insert(order: OrderRow): void {
    const { id, customer, placedAt, status, coupon, lines } = order;
    this.#insert.run(id, customer, placedAt, status, coupon, lines);
  }

  setStatus(id: string, status: OrderRow['status']): void {
    this.#setStatus.run(status, id);
  }

  close(): void {
    this.#db.close();
  }
}
