import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controlStoreContract } from '@falsework/testkit/contracts';
import { afterAll } from 'vitest';
import { openStore } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'falsework-store-'));
let files = 0;

afterAll(() => {
  rmSync(folder, { recursive: true });
});

controlStoreContract({
  name: 'SQLite in memory',
  isPrivate: true,
  place: async () => () => openStore(':memory:'),
});

controlStoreContract({
  name: 'SQLite file',
  place: async () => {
    files += 1;
    const file = join(folder, `${files}.db`);
    return () => openStore(`sqlite:${file}`);
  },
});
