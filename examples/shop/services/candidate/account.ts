import type { FastifyInstance } from 'fastify';
import { found, unprocessable } from './problems.ts';
import type { Tokens } from './sign-in.ts';
import type { Store } from './store.ts';

const GOLD_POINTS = 2_500;

export function accountRoutes(app: FastifyInstance, store: Store, tokens: Tokens): void {
  const me = (id: string) => {
    const customer = found(store.customer(id), 'customer');
    const { name, email, phone, joined, points, defaultAddress } = customer;
    const addresses = store.addressesOf(id);
    return {
      name,
      email,
      // Left out where there is none, as the new guidelines for answers want it.
      phone: phone ?? undefined,
      id,
      loyalty: { tier: points < GOLD_POINTS ? 'basic' : 'gold', points },
      memberSince: joined,
      defaultAddress: addresses.find(({ label }) => label === defaultAddress) ?? null,
    };
  };

  app.get('/me', async (request) => me(tokens.customerOf(request)));

  app.patch<{ Body: { phone?: unknown } }>('/me', async (request) => {
    const id = tokens.customerOf(request);
    const { phone } = request.body;
    if (typeof phone !== 'string' || !/^\+[\d ]{6,20}$/.test(phone)) {
      throw unprocessable('phone', 'must begin with + and a country code');
    }
    store.setPhone(id, phone);
    return me(id);
  });

  app.get('/me/addresses', async (request) => ({
    addresses: store.addressesOf(tokens.customerOf(request)),
  }));
}
