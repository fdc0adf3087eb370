import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { Address, Line, Shipment, World } from '../../data/world.ts';

export interface CustomerRecord {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string | null;
  readonly joined: string;
  readonly points: number;
  readonly defaultAddress: string;
}

export interface ProductRecord {
  readonly slug: string;
  readonly sku: string;
  readonly title: string;
  readonly description: string;
  readonly priceMinor: number;
  readonly stock: number;
  readonly path: string;
  readonly material: string;
  readonly weightGrams: number;
}

export interface ReviewRecord {
  readonly id: string;
  readonly author: string;
  readonly stars: number;
  readonly body: string;
  readonly writtenAt: string;
}

/** What an order was paid with, as it came over from the bookkeeping. */
export interface Payment {
  readonly method: string;
  readonly ledgerEntry: number;
}

export interface OrderRecord {
  readonly id: string;
  readonly customerId: string;
  readonly status: string;
  readonly placedAt: string;
  readonly lines: readonly Line[];
  readonly payment: Payment;
  readonly shipments: readonly Shipment[];
}

export interface CartRecord {
  readonly id: string;
  readonly lines: readonly Line[];
  readonly updatedAt: string;
  readonly isOrdered: boolean;
}

type Value = string | number | null;

/** The password column came over as it was: nobody could have hashed it anew. */
const hashOf = (password: string): string =>
  createHash('sha256').update(`shop:${password}`).digest('hex');

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE customers (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT
    NOT NULL, name TEXT NOT NULL,
    phone TEXT, joined TEXT NOT NULL, points INTEGER NOT NULL, default_address TEXT NOT NULL)
    STRICT;
  CREATE TABLE addresses (customer_id TEXT NOT NULL, label TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (customer_id, label)) STRICT, WITHOUT ROWID;
  CREATE TABLE products (slug TEXT PRIMARY KEY, sku TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
    description TEXT NOT NULL,
    price_minor INTEGER NOT NULL, stock INTEGER NOT NULL, path TEXT NOT NULL, material TEXT NOT
    NULL, weight_grams INTEGER NOT NULL) STRICT;
  CREATE TABLE reviews (id TEXT PRIMARY KEY, slug TEXT NOT NULL, customer_id TEXT NOT NULL,
    stars INTEGER NOT NULL,
    body TEXT NOT NULL, written_at TEXT NOT NULL, UNIQUE (slug, customer_id)) STRICT;
  CREATE TABLE orders (id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, status TEXT NOT NULL,
    placed_at TEXT NOT NULL,
    lines TEXT NOT NULL, payment TEXT NOT NULL, shipments TEXT NOT NULL) STRICT;
  CREATE INDEX orders_by_customer ON orders (customer_id, placed_at DESC);
  CREATE TABLE carts (id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, lines TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    is_ordered INTEGER NOT NULL DEFAULT 0) STRICT;
  CREATE TABLE revoked_tokens (token TEXT PRIMARY KEY) STRICT;`;

const ORDER =
  'SELECT id, customer_id AS customerId, status, placed_at AS placedAt, lines, payment, shipments FROM orders';
const PRODUCT =
  'SELECT slug, sku, title, description, price_minor AS priceMinor, stock, path, material, weight_grams AS weightGrams FROM products';

/** The second shop's database: documents where things are read together, instants as ISO texts. */
export class Store {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(SCHEMA);
  }

  close(): void {
    this.#db.close();
  }

  /** Takes over what the first shop holds. */
  import({ customers, products, reviews, orders, carts }: World): void {
    const iso = (ms: number): string => new Date(ms).toISOString();
    const json = (lines: unknown): string => JSON.stringify(lines);
    this.#db.exec('BEGIN');
    for (const c of customers) {
      const id = `cus_${c.number}`;
      const first = c.addresses[0]?.label ?? '';
      const who = [id, c.email, hashOf(c.password), c.name, c.phone];
      this.#insert('customers', [...who, iso(c.joinedAt), c.points, first]);
      for (const a of c.addresses) this.#insert('addresses', [id, a.label, json(a)]);
    }
    for (const p of products) {
      const path = p.category.join('/');
      const what = [p.slug, p.sku, p.name, p.description, p.priceCents, p.stock];
      this.#insert('products', [...what, path, p.material, p.weightGrams]);
    }
    for (const r of reviews) {
      const who = `cus_${r.customer}`;
      this.#insert('reviews', [r.id, r.slug, who, r.stars, r.text, iso(r.writtenAt)]);
    }
    for (const o of orders) {
      const payment = `{"method":"${o.method}","ledgerEntry":${o.ledgerEntry}}`;
      const documents = [json(o.lines), payment, json(o.shipments)];
      this.#insert('orders', [o.id, `cus_${o.customer}`, o.status, iso(o.placedAt), ...documents]);
    }
    for (const c of carts) {
      this.#insert('carts', [c.id, `cus_${c.customer}`, json(c.lines), iso(c.updatedAt), 0]);
    }
    this.#db.exec('COMMIT');
  }

  customer(id: string): CustomerRecord | undefined {
    const sql =
      'SELECT id, name, email, phone, joined, points, default_address AS defaultAddress FROM customers WHERE id = ?';
    return this.#one<CustomerRecord>(sql, id);
  }

  customerBy(email: string, password: string): CustomerRecord | undefined {
    const sql = 'SELECT id, name FROM customers WHERE email = ? AND password_hash = ?';
    return this.#one<CustomerRecord>(sql, email, hashOf(password));
  }

  setPhone(id: string, phone: string): void {
    this.#run('UPDATE customers SET phone = ? WHERE id = ?', phone, id);
  }

  addressesOf(id: string): Address[] {
    const sql = 'SELECT document FROM addresses WHERE customer_id = ?';
    return this.#all<{ document: string }>(sql, id).map(({ document }) => JSON.parse(document));
  }

  products(): ProductRecord[] {
    return this.#all<ProductRecord>(`${PRODUCT} ORDER BY slug`);
  }

  product(slug: string): ProductRecord | undefined {
    return this.#one<ProductRecord>(`${PRODUCT} WHERE slug = ?`, slug);
  }

  productBySku(sku: string): ProductRecord | undefined {
    return this.#one<ProductRecord>(`${PRODUCT} WHERE sku = ?`, sku);
  }

  reviews(slug: string): ReviewRecord[] {
    const sql = `SELECT r.id, c.name AS author, stars, body, written_at AS writtenAt
      FROM reviews r JOIN customers c ON c.id = customer_id WHERE slug = ? ORDER BY written_at DESC`;
    return this.#all<ReviewRecord>(sql, slug);
  }

  /** False when this customer has reviewed it already. */
  addReview(id: string, slug: string, customer: string, stars: number, body: string): boolean {
    const sql = 'INSERT OR IGNORE INTO reviews VALUES (?, ?, ?, ?, ?, ?)';
    return this.#run(sql, id, slug, customer, stars, body, new Date().toISOString()) === 1;
  }

  ordersOf(customer: string): OrderRecord[] {
    const sql = `${ORDER} WHERE customer_id = ? ORDER BY placed_at DESC, id`;
    return this.#all<OrderRow>(sql, customer).map(orderOf);
  }

  order(id: string, customer: string): OrderRecord | undefined {
    const row = this.#one<OrderRow>(`${ORDER} WHERE id = ? AND customer_id = ?`, id, customer);
    return row && orderOf(row);
  }

  addOrder({ id, customerId, status, placedAt, lines, payment, shipments }: OrderRecord): void {
    const documents = [lines, payment, shipments].map((each) => JSON.stringify(each));
    this.#insert('orders', [id, customerId, status, placedAt, ...documents]);
  }

  cancelOrder(id: string): void {
    this.#run("UPDATE orders SET status = 'cancelled' WHERE id = ?", id);
  }

  cart(id: string, customer: string): CartRecord | undefined {
    const sql =
      'SELECT id, lines, updated_at AS updatedAt, is_ordered AS ordered FROM carts WHERE id = ? AND customer_id = ?';
    const row = this.#one<CartRecord & { lines: string; ordered: number }>(sql, id, customer);
    return row && { ...row, lines: JSON.parse(row.lines), isOrdered: row.ordered === 1 };
  }

  addCart(id: string, customer: string): void {
    this.#insert('carts', [id, customer, '[]', new Date().toISOString(), 0]);
  }

  saveCart({ id, lines, isOrdered }: Omit<CartRecord, 'updatedAt'>): void {
    const sql = 'UPDATE carts SET lines = ?, updated_at = ?, is_ordered = ? WHERE id = ?';
    this.#run(sql, JSON.stringify(lines), new Date().toISOString(), isOrdered ? 1 : 0, id);
  }

  revoke(token: string): void {
    this.#run('INSERT OR IGNORE INTO revoked_tokens VALUES (?)', token);
  }

  isRevoked(token: string): boolean {
    return this.#one('SELECT 1 FROM revoked_tokens WHERE token = ?', token) !== undefined;
  }

  #all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.#db.prepare(sql).all(...values) as Row[];
  }

  #one<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.#db.prepare(sql).get(...values) as Row | undefined;
  }

  #run(sql: string, ...values: Value[]): number {
    return Number(this.#db.prepare(sql).run(...values).changes);
  }

  #insert(table: string, values: readonly Value[]): void {
    // Columns of a new row that have a default come last and are all given.
    const marks = values.map(() => '?').join(', ');
    this.#run(`INSERT INTO ${table} VALUES (${marks})`, ...values);
  }
}

interface OrderRow extends Omit<OrderRecord, 'lines' | 'payment' | 'shipments'> {
  readonly lines: string;
  readonly payment: string;
  readonly shipments: string;
}

function orderOf(row: OrderRow): OrderRecord {
  return {
    ...row,
    lines: JSON.parse(row.lines) as Line[],
    payment: JSON.parse(row.payment) as Payment,
    shipments: JSON.parse(row.shipments) as Shipment[],
  };
}
