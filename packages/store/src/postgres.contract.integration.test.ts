import { controlStoreContract } from '@falsework/testkit/contracts';
import { postgresForTests } from '@falsework/testkit/postgres';
import { afterAll, describe } from 'vitest';
import { openStore } from './index.ts';

const { server, missing } = await postgresForTests();
const database = await server?.createDatabase();
let places = 0;

afterAll(() => server?.stop());

describe.skipIf(missing !== null)(missing ?? 'PostgreSQL 18', () => {
  controlStoreContract({
    name: 'PostgreSQL',
    place: async () => {
      places += 1;
      // A schema of its own is as good as a database of its own, and made in a tenth of the time.
      const address = `${database}?schema=place_${places}`;
      return () => openStore(address);
    },
  });
});
