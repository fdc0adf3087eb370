// The shop that is to take over: fastify, records instead of rows, one file for each part.
import { parseArgs } from 'node:util';
import Fastify from 'fastify';
import { buildWorld } from '../../data/world.ts';
import { accountRoutes } from './account.ts';
import { cartRoutes } from './carts.ts';
import { catalogueRoutes } from './catalogue.ts';
import { orderRoutes } from './orders.ts';
import { answerProblems } from './problems.ts';
import { signInRoutes, Tokens } from './sign-in.ts';
import { Store } from './store.ts';

const { values } = parseArgs({
  options: { database: { type: 'string' }, seed: { type: 'string' }, port: { type: 'string' } },
});
const key = process.env['SHOP_TOKEN_KEY'];
if (!key) throw new Error('SHOP_TOKEN_KEY is not set: nobody could sign in.');

const store = new Store(values.database ?? ':memory:');
store.import(buildWorld(Number(values.seed ?? 1)));
const tokens = new Tokens(key, store);
const app = Fastify({ forceCloseConnections: true });
answerProblems(app);
app.get('/healthz', async () => ({ status: 'ok' }));
for (const routes of [signInRoutes, accountRoutes, catalogueRoutes, cartRoutes, orderRoutes]) {
  routes(app, store, tokens);
}

await app.listen({ port: Number(values.port ?? 0), host: '127.0.0.1' });
console.log(JSON.stringify({ listening: (app.server.address() as { port: number }).port }));
process.once('SIGTERM', () => {
  void app.close().then(() => store.close());
});
