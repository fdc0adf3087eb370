import type { LegacyDatabase, Row } from './database.ts';
import { invalid, notFound } from './http.ts';

const money = (cents: unknown): number => Number(cents) / 100;
const iso = (seconds: unknown): string => new Date(Number(seconds) * 1_000).toISOString();
// The shop is in New York, and promises a day there.
const shopDay = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' });
const DELIVERY_SECONDS = 3 * 86_400;
const SHIPPING_CENTS = 790;
const FREE_FROM_CENTS = 50_000;

interface Page {
  readonly page: number;
  readonly perPage: number;
}

function pageOf(query: URLSearchParams): Page {
  const whole = (name: string, standard: number, most: number): number => {
    const value = Number.parseInt(query.get(name) ?? '', 10);
    return value >= 1 ? Math.min(value, most) : standard;
  };
  return { page: whole('page', 1, 10_000), perPage: whole('per_page', 10, 50) };
}

function paged(rows: Row[], { page, perPage }: Page): { rows: Row[]; about: object } {
  const from = (page - 1) * perPage;
  const pages = Math.ceil(rows.length / perPage);
  return {
    rows: rows.slice(from, from + perPage),
    about: { page, perPage, pages, total: rows.length },
  };
}

/** Everything that the first shop answers without changing anything. */
export class Reads {
  readonly #db: LegacyDatabase;

  constructor(db: LegacyDatabase) {
    this.#db = db;
  }

  me(no: number): unknown {
    const row = this.#db.one('SELECT * FROM cust WHERE no = ?', no);
    if (!row) throw notFound('customer');
    const [first] = this.addresses(no);
    return {
      id: `cus_${no}`,
      email: row['mail'],
      name: row['nm'],
      phone: row['tel'],
      memberSince: iso(row['joined']),
      loyalty: { points: row['pts'], tier: Number(row['pts']) >= 2_500 ? 'gold' : 'basic' },
      defaultAddress: first ?? null,
    };
  }

  addresses(no: number): unknown[] {
    return this.#db.all('SELECT * FROM cust_addr WHERE cust_no = ? ORDER BY pos', no).map((a) => ({
      label: a['label'],
      street: a['street'],
      city: a['city'],
      postcode: a['zip'],
      country: a['land'],
    }));
  }

  categories(): unknown {
    const rows = this.#db.all(
      'SELECT cat1, cat2, count(*) AS n FROM prod GROUP BY cat1, cat2 ORDER BY cat1, cat2',
    );
    const parents = [...new Set(rows.map((row) => row['cat1']))];
    return {
      categories: parents.map((name) => {
        const inside = rows.filter((row) => row['cat1'] === name);
        return {
          name,
          products: inside.reduce((sum, row) => sum + Number(row['n']), 0),
          children: inside.map((row) => ({ name: row['cat2'], products: row['n'] })),
        };
      }),
    };
  }

  products(query: URLSearchParams): unknown {
    const category = query.get('category');
    const order = query.get('sort') === 'price' ? 'cents, slug' : 'slug';
    const where = category === null ? '' : 'WHERE cat1 = ?1 OR cat2 = ?1';
    const found = this.#db.all(
      `SELECT * FROM prod ${where} ORDER BY ${order}`,
      ...(category === null ? [] : [category]),
    );
    const { rows, about } = paged(found, pageOf(query));
    return { ...about, items: rows.map(brief) };
  }

  product(slug: string): unknown {
    const row = this.#product(slug);
    const stars = this.#db.one(
      'SELECT count(*) AS n, sum(stars) AS sum FROM rev WHERE slug = ?',
      slug,
    );
    const [n, sum] = [Number(stars?.['n']), Number(stars?.['sum'])];
    return {
      ...brief(row),
      description: row['descr'],
      category: { parent: row['cat1'], name: row['cat2'] },
      attributes: { material: row['mat'], weightGrams: row['grams'] },
      // To a tenth, half a tenth up.
      rating: n === 0 ? null : { average: Math.round((sum * 10) / n) / 10, count: n },
    };
  }

  reviews(slug: string, query: URLSearchParams): unknown {
    this.#product(slug);
    const found = this.#db.all(
      'SELECT rev.*, nm FROM rev JOIN cust ON no = cust_no WHERE slug = ? ORDER BY at DESC',
      slug,
    );
    const { rows, about } = paged(found, pageOf(query));
    const reviews = rows.map((row) => ({
      id: row['id'],
      author: String(row['nm']).split(' ')[0],
      stars: row['stars'],
      text: row['txt'],
      writtenAt: iso(row['at']),
    }));
    return { ...about, reviews };
  }

  search(query: URLSearchParams): unknown {
    const q = (query.get('q') ?? '').trim();
    if (q.length < 3) throw invalid({ q: 'must have at least 3 characters' });
    const like = `%${q.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
    const found = this.#db.all(
      "SELECT * FROM prod WHERE lower(nm) LIKE ?1 ESCAPE '\\' OR lower(descr) LIKE ?1 ESCAPE '\\' ORDER BY slug LIMIT 20",
      like,
    );
    return { q, hits: found.map(brief) };
  }

  quote(query: URLSearchParams): unknown {
    const [country = '', grams] = [query.get('country') ?? '', Number(query.get('weight'))];
    const zone = { US: 1, FR: 2, SE: 2, JP: 3 }[country];
    if (zone === undefined) throw notFound('country');
    if (!(grams > 0)) throw invalid({ weight: 'must be more than 0' });
    const cents = 490 * zone + Math.ceil(grams / 500) * 65 * zone;
    return { country, weightGrams: grams, price: money(cents), days: zone * 2 };
  }

  cart(id: string, no: number): unknown {
    const row = this.#db.one('SELECT * FROM cart WHERE id = ? AND cust_no = ?', id, no);
    if (!row) throw notFound('cart');
    const lines = this.#db.all(
      'SELECT c.*, nm FROM cart_pos c JOIN prod USING (sku) WHERE cart_id = ? ORDER BY sku',
      id,
    );
    return {
      id,
      updatedAt: iso(row['at']),
      items: lines.map((l) => ({ sku: l['sku'], name: l['nm'], ...lineOf(l) })),
      total: money(sumOf(lines)),
    };
  }

  orders(no: number, query: URLSearchParams): unknown {
    const status = query.get('status');
    const found = this.#db.all(
      'SELECT id, at, st FROM ord WHERE cust_no = ?1 AND (?2 IS NULL OR st = ?2) ORDER BY at DESC, id',
      no,
      status,
    );
    const { rows, about } = paged(found, pageOf(query));
    const orders = rows.map((row) => ({
      id: row['id'],
      status: row['st'],
      placedAt: iso(row['at']),
      total: money(totalOf(this.#lines(row['id']))),
    }));
    return { ...about, orders };
  }

  order(id: string, no: number): unknown {
    const row = this.#order(id, no);
    const lines = this.#lines(id);
    const goods = sumOf(lines);
    return {
      id,
      status: row['st'],
      placedAt: iso(row['at']),
      deliverBy: shopDay.format(new Date((Number(row['at']) + DELIVERY_SECONDS) * 1_000)),
      customer: { id: `cus_${no}`, name: row['nm'] },
      lines: lines.map((l) => ({ sku: l['sku'], ...lineOf(l) })),
      totals: {
        goods: money(goods),
        shipping: money(totalOf(lines) - goods),
        total: money(totalOf(lines)),
        currency: 'USD',
      },
    };
  }

  invoice(id: string, no: number): string {
    const row = this.#order(id, no);
    const lines = this.#lines(id);
    const text = lines.map((l) => {
      const amount = (Number(l['n']) * Number(l['cents'])) / 100;
      return `${l['n']} x ${l['sku']}  ${amount.toFixed(2)}`;
    });
    const head = `Invoice for order ${id}\n${row['nm']}, ${iso(row['at']).slice(0, 10)}\n`;
    return `${head}\n${text.join('\n')}\nTotal ${money(totalOf(lines)).toFixed(2)} USD\n`;
  }

  payment(id: string, no: number): string {
    const row = this.#order(id, no);
    const amount = money(totalOf(this.#lines(id)));
    // Written by hand, because the number of the entry is longer than what JSON.stringify takes.
    return `{"order":"${id}","method":"${row['pay']}","amount":${amount},"ledgerEntry":${row['entry']}}`;
  }

  shipments(id: string, no: number): unknown {
    this.#order(id, no);
    const ships = this.#db.all('SELECT * FROM ship WHERE ord_id = ? ORDER BY tracking', id);
    return {
      shipments: ships.map(({ tracking, carrier }) => ({
        carrier,
        tracking,
        events: this.#db
          .all('SELECT at, what FROM ship_ev WHERE tracking = ? ORDER BY pos', tracking ?? null)
          .map((event) => ({ at: iso(event['at']), what: event['what'] })),
      })),
    };
  }

  #product(slug: string): Row {
    const row = this.#db.one('SELECT * FROM prod WHERE slug = ?', slug);
    if (!row) throw notFound('product');
    return row;
  }

  #order(id: string, no: number): Row {
    const row = this.#db.one(
      'SELECT ord.id, at, st, pay, CAST(ledger AS TEXT) AS entry, nm FROM ord JOIN cust ON no = cust_no WHERE id = ? AND cust_no = ?',
      id,
      no,
    );
    if (!row) throw notFound('order');
    return row;
  }

  #lines(id: unknown): Row[] {
    return this.#db.all('SELECT * FROM ord_pos WHERE ord_id = ? ORDER BY pos', String(id));
  }
}

function brief(row: Row): object {
  return {
    slug: row['slug'],
    sku: row['sku'],
    name: row['nm'],
    price: { amount: money(row['cents']), currency: 'USD' },
    inStock: Number(row['qty']) > 0,
  };
}

function lineOf(line: Row): object {
  const [n, cents] = [Number(line['n']), Number(line['cents'])];
  return { quantity: n, unitPrice: money(cents), total: money(n * cents) };
}

function sumOf(lines: readonly Row[]): number {
  return lines.reduce((sum, l) => sum + Number(l['n']) * Number(l['cents']), 0);
}

function totalOf(lines: readonly Row[]): number {
  const goods = sumOf(lines);
  return goods + (goods >= FREE_FROM_CENTS ? 0 : SHIPPING_CENTS);
}
