import { describe } from 'vitest';
import { causesContract } from './store-causes.ts';
import { concurrencyContract } from './store-concurrency.ts';
import { dataContract } from './store-data.ts';
import { decisionsContract } from './store-decisions.ts';
import { evidenceContract } from './store-evidence.ts';
import { ingestContract } from './store-ingest.ts';
import { journeysContract } from './store-journeys.ts';
import { signaturesContract } from './store-signatures.ts';
import type { StoreSubject } from './store-subject.ts';
import { toldContract } from './store-told.ts';
import { writesContract } from './store-writes.ts';

/**
 * Registers the tests that every implementation of the `ControlStore` port must pass. The list of
 * their titles is what the port promises.
 *
 * ```ts
 * controlStoreContract({
 *   name: 'SQLite file',
 *   place: async () => {
 *     const file = await temporaryFile();
 *     return () => openStore(file);
 *   },
 * });
 * ```
 */
export function controlStoreContract(subject: StoreSubject): void {
  describe(`control store: ${subject.name}`, () => {
    decisionsContract(subject);
    concurrencyContract(subject);
    ingestContract(subject);
    evidenceContract(subject);
    dataContract(subject);
    writesContract(subject);
    signaturesContract(subject);
    causesContract(subject);
    toldContract(subject);
    journeysContract(subject);
  });
}
