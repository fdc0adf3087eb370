import { randomUUID } from 'node:crypto';
import { type LegacyDatabase, passwordHash } from './database.ts';
import { conflict, invalid, makeToken, notFound, Stop } from './http.ts';

type Body = Record<string, unknown>;
const QUANTITY_MAX = 99;
const now = (): number => Math.floor(Date.now() / 1_000);

/** Everything that changes the first shop. */
export class Writes {
  readonly #db: LegacyDatabase;
  readonly #key: string;

  constructor(db: LegacyDatabase, key: string) {
    this.#db = db;
    this.#key = key;
  }

  signIn({ email, password }: Body): unknown {
    if (typeof email !== 'string' || typeof password !== 'string') {
      throw invalid({ email: 'email and password are needed' });
    }
    const pw = passwordHash(password);
    const row = this.#db.one('SELECT no, nm FROM cust WHERE mail = ? AND pw = ?', email, pw);
    if (!row) throw new Stop(401, { error: 'not_signed_in', message: 'wrong email or password' });
    const customer = { id: `cus_${row['no']}`, name: row['nm'] };
    return { token: makeToken(Number(row['no']), this.#key), customer };
  }

  signOut(token: string): void {
    this.#db.run('INSERT OR IGNORE INTO signed_out VALUES (?)', token);
  }

  isSignedOut(token: string): boolean {
    return this.#db.one('SELECT 1 AS yes FROM signed_out WHERE token = ?', token) !== undefined;
  }

  changeMe(no: number, { phone }: Body): void {
    if (typeof phone !== 'string' || !/^\+[\d ]{6,20}$/.test(phone)) {
      throw invalid({ phone: 'must begin with + and a country code' });
    }
    this.#db.run('UPDATE cust SET tel = ? WHERE no = ?', phone, no);
  }

  review(slug: string, no: number, { stars, text }: Body): string {
    if (!this.#db.one('SELECT 1 AS yes FROM prod WHERE slug = ?', slug)) throw notFound('product');
    if (!(Number(stars) >= 1 && Number(stars) <= 5)) throw invalid({ stars: 'must be 1 to 5' });
    if (this.#db.one('SELECT 1 AS yes FROM rev WHERE slug = ? AND cust_no = ?', slug, no)) {
      throw conflict('you have reviewed this already');
    }
    const id = randomUUID();
    const values = [id, slug, no, Number(stars), String(text ?? ''), now()] as const;
    this.#db.run('INSERT INTO rev VALUES (?,?,?,?,?,?)', ...values);
    return id;
  }

  newCart(no: number): string {
    const id = randomUUID();
    this.#db.run('INSERT INTO cart VALUES (?,?,?,0)', id, no, now());
    return id;
  }

  putItem(cart: string, sku: string, no: number, { quantity }: Body): void {
    this.#openCart(cart, no);
    const n = Number(quantity);
    if (!(Number.isInteger(n) && n >= 1 && n <= QUANTITY_MAX)) {
      throw invalid({ quantity: `must be 1 to ${QUANTITY_MAX}` });
    }
    const product = this.#db.one('SELECT cents, qty FROM prod WHERE sku = ?', sku);
    if (!product) throw notFound('product');
    if (Number(product['qty']) === 0) throw conflict('not in stock');
    const cents = Number(product['cents']);
    this.#db.run('INSERT OR REPLACE INTO cart_pos VALUES (?,?,?,?)', cart, sku, n, cents);
    this.#db.run('UPDATE cart SET at = ? WHERE id = ?', now(), cart);
  }

  dropItem(cart: string, sku: string, no: number): void {
    this.#openCart(cart, no);
    const dropped = this.#db.run('DELETE FROM cart_pos WHERE cart_id = ? AND sku = ?', cart, sku);
    if (dropped === 0) throw notFound('item');
  }

  order(no: number, { cart, method }: Body): string {
    if (method !== 'card' && method !== 'invoice') {
      throw invalid({ method: 'must be card or invoice' });
    }
    this.#openCart(String(cart), no);
    const lines = this.#db.all('SELECT * FROM cart_pos WHERE cart_id = ?', String(cart));
    if (lines.length === 0) throw conflict('the cart is empty');
    const id = randomUUID();
    const last = this.#db.one('SELECT CAST(max(ledger) + 1 AS TEXT) AS entry FROM ord');
    const entry = BigInt(String(last?.['entry']));
    this.#db.run('INSERT INTO ord VALUES (?,?,?,?,?,?)', id, no, now(), 'open', method, entry);
    lines.forEach(({ sku, n, cents }, pos) => {
      const line = [id, pos, sku ?? null, n ?? null, cents ?? null] as const;
      this.#db.run('INSERT INTO ord_pos VALUES (?,?,?,?,?)', ...line);
    });
    this.#db.run('UPDATE cart SET ordered = 1 WHERE id = ?', String(cart));
    return id;
  }

  cancel(id: string, no: number): void {
    const row = this.#db.one('SELECT st FROM ord WHERE id = ? AND cust_no = ?', id, no);
    if (!row) throw notFound('order');
    if (row['st'] !== 'open') throw conflict(`the order is ${row['st']}`);
    this.#db.run("UPDATE ord SET st = 'cancelled' WHERE id = ?", id);
  }

  #openCart(id: string, no: number): void {
    const row = this.#db.one('SELECT ordered FROM cart WHERE id = ? AND cust_no = ?', id, no);
    if (!row) throw notFound('cart');
    if (row['ordered'] === 1) throw conflict('the cart has been ordered');
  }
}
