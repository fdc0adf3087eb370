import type { Database } from '../postgres/database.ts';
import { coded } from '../postgres/failure.ts';
import { parseRelation } from '../postgres/quote.ts';
import type { Catalogue } from './catalogue.ts';
import { readServer } from './read-server.ts';
import { readTables } from './read-tables.ts';

/**
 * Reads what a plan needs to know of one store: the server, and those of the named tables that are
 * there. Names without a schema are looked for in the role's own. Rejects with the `FW_DATA_…`
 * errors of databases.
 */
export function readCatalogue(database: Database, names: readonly string[]): Promise<Catalogue> {
  return coded({ database: database.label, operation: 'reading the catalogue' }, () =>
    database.transaction({ reads: 'snapshot', isReadOnly: true }, async (session) => {
      const server = await readServer(session);
      const relations = names
        .map((name) => parseRelation(name, server.defaultSchema))
        .filter((relation) => relation !== null);
      return { server, tables: await readTables(session, relations) };
    }),
  );
}
