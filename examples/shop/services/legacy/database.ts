import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { World } from '../../data/world.ts';

const TABLES = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE cust (no INTEGER PRIMARY KEY, mail TEXT UNIQUE, pw TEXT, nm TEXT, tel TEXT,
    joined INTEGER, pts INTEGER);
  CREATE TABLE cust_addr (cust_no INTEGER, pos INTEGER, label TEXT, street TEXT, city TEXT, zip
    TEXT, land TEXT, PRIMARY KEY (cust_no, pos));
  CREATE TABLE prod (sku TEXT PRIMARY KEY, slug TEXT UNIQUE, nm TEXT, descr TEXT, cents INTEGER,
    qty INTEGER, cat1 TEXT, cat2 TEXT, grams INTEGER, mat TEXT);
  CREATE TABLE rev (id TEXT PRIMARY KEY, slug TEXT, cust_no INTEGER, stars INTEGER, txt TEXT, at
    INTEGER);
  CREATE INDEX rev_slug ON rev (slug);
  CREATE TABLE ord (id TEXT PRIMARY KEY, cust_no INTEGER, at INTEGER, st TEXT, pay TEXT, ledger
    INTEGER);
  CREATE INDEX ord_cust ON ord (cust_no);
  CREATE TABLE ord_pos (ord_id TEXT, pos INTEGER, sku TEXT, n INTEGER, cents INTEGER, PRIMARY
    KEY (ord_id, pos));
  CREATE TABLE ship (ord_id TEXT, tracking TEXT PRIMARY KEY, carrier TEXT);
  CREATE TABLE ship_ev (tracking TEXT, pos INTEGER, at INTEGER, what TEXT, PRIMARY KEY
    (tracking, pos));
  CREATE TABLE cart (id TEXT PRIMARY KEY, cust_no INTEGER, at INTEGER, ordered INTEGER DEFAULT 0);
  CREATE TABLE cart_pos (cart_id TEXT, sku TEXT, n INTEGER, cents INTEGER, PRIMARY KEY (cart_id,
    sku));
  CREATE TABLE signed_out (token TEXT PRIMARY KEY);`;

export type Row = Record<string, string | number | null>;

/** A password as the first shop keeps it. The second one took the column over as it was. */
export const passwordHash = (password: string): string =>
  createHash('sha256').update(`shop:${password}`).digest('hex');

/** The first shop's database: short names, one row for each little thing, seconds and cents. */
export class LegacyDatabase {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();

  constructor(file: string, world: World) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(TABLES);
    this.#db.exec('BEGIN');
    this.#fill(world);
    this.#db.exec('COMMIT');
  }

  all(sql: string, ...values: (string | number | bigint | null)[]): Row[] {
    return this.#prepared(sql).all(...values) as unknown as Row[];
  }

  one(sql: string, ...values: (string | number | bigint | null)[]): Row | undefined {
    return this.#prepared(sql).get(...values) as unknown as Row | undefined;
  }

  run(sql: string, ...values: (string | number | bigint | null)[]): number {
    return Number(this.#prepared(sql).run(...values).changes);
  }

  close(): void {
    this.#db.close();
  }

  #prepared(sql: string): ReturnType<DatabaseSync['prepare']> {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #insert(table: string, ...values: (string | number | bigint | null)[]): void {
    this.run(`INSERT INTO ${table} VALUES (${values.map(() => '?').join(',')})`, ...values);
  }

  #fill({ customers, products, reviews, orders, carts }: World): void {
    const seconds = (ms: number): number => ms / 1_000;
    for (const c of customers) {
      const pw = passwordHash(c.password);
      this.#insert('cust', c.number, c.email, pw, c.name, c.phone, seconds(c.joinedAt), c.points);
      c.addresses.forEach((a, pos) => {
        const where = [a.street, a.city, a.postcode, a.country];
        this.#insert('cust_addr', c.number, pos, a.label, ...where);
      });
    }
    for (const p of products) {
      const [cat1, cat2] = p.category;
      const what = [p.sku, p.slug, p.name, p.description, p.priceCents, p.stock];
      this.#insert('prod', ...what, cat1, cat2, p.weightGrams, p.material);
    }
    for (const r of reviews) {
      this.#insert('rev', r.id, r.slug, r.customer, r.stars, r.text, seconds(r.writtenAt));
    }
    for (const o of orders) {
      const at = seconds(o.placedAt);
      this.#insert('ord', o.id, o.customer, at, o.status, o.method, o.ledgerEntry);
      o.lines.forEach((l, pos) => {
        this.#insert('ord_pos', o.id, pos, l.sku, l.quantity, l.unitCents);
      });
      for (const { tracking, carrier, events } of o.shipments) {
        this.#insert('ship', o.id, tracking, carrier);
        events.forEach((e, pos) => {
          this.#insert('ship_ev', tracking, pos, seconds(e.at), e.what);
        });
      }
    }
    for (const c of carts) {
      this.#insert('cart', c.id, c.customer, seconds(c.updatedAt), 0);
      for (const l of c.lines) this.#insert('cart_pos', c.id, l.sku, l.quantity, l.unitCents);
    }
  }
}
