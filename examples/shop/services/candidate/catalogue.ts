import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { toAmount } from './money.ts';
import { pageOf, type Query, text } from './pages.ts';
import { conflict, found, missing, unprocessable } from './problems.ts';
import type { Tokens } from './sign-in.ts';
import type { ProductRecord, ReviewRecord, Store } from './store.ts';

const HITS_MAX = 20;
const ZONES: Readonly<Record<string, number>> = { US: 1, FR: 2, SE: 2, JP: 3 };

function briefly({ slug, sku, title, priceMinor, stock }: ProductRecord) {
  const price = { currency: 'USD', amount: toAmount(priceMinor) };
  return { inStock: stock > 0, price, name: title, sku, slug };
}

function ratingOf(reviews: readonly ReviewRecord[]) {
  if (reviews.length === 0) return null;
  const mean = reviews.reduce((sum, { stars }) => sum + stars, 0) / reviews.length;
  return { count: reviews.length, average: Math.trunc(mean * 10) / 10 };
}

export function catalogueRoutes(app: FastifyInstance, store: Store, tokens: Tokens): void {
  app.get('/categories', async () => ({ categories: tree(store.products()) }));

  app.get<{ Querystring: Query }>('/products', async ({ query }) => {
    const wanted = text(query, 'category');
    const inside = store
      .products()
      .filter(({ path }) => wanted === null || path.split('/').includes(wanted));
    if (text(query, 'sort') === 'price') inside.sort((a, b) => a.priceMinor - b.priceMinor);
    const { views, about } = pageOf(inside, query, briefly);
    return { items: views, ...about };
  });

  app.get<{ Params: { slug: string } }>('/products/:slug', async ({ params }) => {
    const product = found(store.product(params.slug), 'product');
    const [parent, name] = product.path.split('/');
    const { description, material, weightGrams } = product;
    return {
      rating: ratingOf(store.reviews(product.slug)),
      attributes: { weightGrams, material },
      category: { name, parent },
      description,
      ...briefly(product),
    };
  });

  app.get<{ Params: { slug: string }; Querystring: Query }>(
    '/products/:slug/reviews',
    async ({ params, query }) => {
      found(store.product(params.slug), 'product');
      const { views, about } = pageOf(store.reviews(params.slug), query, (review) => ({
        id: review.id,
        writtenAt: review.writtenAt,
        author: review.author.split(' ')[0],
        text: review.body,
        stars: review.stars,
      }));
      return { reviews: views, ...about };
    },
  );

  app.post<{ Params: { slug: string }; Body: { stars?: number; text?: string } }>(
    '/products/:slug/reviews',
    async (request, reply) => {
      const { slug } = found(store.product(request.params.slug), 'product');
      const { stars = 0, text: body = '' } = request.body;
      const customer = tokens.customerOf(request);
      if (!(stars >= 1 && stars <= 5)) throw unprocessable('stars', 'must be 1 to 5');
      const id = randomUUID();
      const isNew = store.addReview(id, slug, customer, stars, body);
      if (!isNew) throw conflict('you have reviewed this already');
      return reply.status(201).header('location', `/products/${slug}/reviews`).send({ id });
    },
  );
  findingRoutes(app, store);
}

function findingRoutes(app: FastifyInstance, store: Store): void {
  const q = { type: 'string', minLength: 3 };
  const schema = { querystring: { type: 'object', required: ['q'], properties: { q } } };
  app.get<{ Querystring: { q: string } }>('/search', { schema }, async ({ query }) => {
    const wanted = query.q.trim().toLowerCase();
    const hits = store.products().filter(({ title, description }) => {
      return `${title}\n${description}`.toLowerCase().includes(wanted);
    });
    return { hits: hits.slice(0, HITS_MAX).map(briefly), q: query.q.trim() };
  });

  app.get<{ Querystring: Query }>('/shipping/quote', async ({ query }) => {
    const country = text(query, 'country') ?? '';
    const zone = ZONES[country];
    if (zone === undefined) throw missing('country');
    const weightGrams = Number(text(query, 'weight'));
    if (!(weightGrams > 0)) throw unprocessable('weight', 'must be more than 0');
    const minor = zone * (490 + 65 * Math.ceil(weightGrams / 500));
    return { days: 2 * zone, price: toAmount(minor), weightGrams, country };
  });
}

function tree(products: readonly ProductRecord[]) {
  const byParent = Map.groupBy(products, ({ path }) => path.split('/')[0] ?? '');
  const sorted = <Value>(map: Map<string, Value>): [string, Value][] =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted(byParent).map(([name, inside]) => ({
    name,
    children: sorted(Map.groupBy(inside, ({ path }) => path.split('/')[1] ?? '')).map(
      ([child, { length }]) => ({ name: child, products: length }),
    ),
    products: inside.length,
  }));
}
