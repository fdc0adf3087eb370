import type { Instant } from '@falsework/core/ports';
import type { Database } from '../postgres/database.ts';
import { coded } from '../postgres/failure.ts';
import { quoteName, quoteRelation } from '../postgres/quote.ts';
import { oneRow } from '../postgres/session.ts';

/** What is remembered between two looks of the data side, each part under its name. */
export interface Proofs {
  /** A change of our own was seen to come out of capture, and what has passed it by since. */
  readonly capture: { readonly provenAt: Instant | null; readonly bypassed: number };
  readonly workflows: { readonly inFlight: number; readonly countedAt: Instant };
  readonly invariants: {
    readonly total: number;
    readonly unequal: readonly string[];
    readonly evaluatedAt: Instant;
  };
}

const table = (schema: string): string => quoteRelation({ schema, table: 'proof' });

/** Remembers one part, in place of what was known of it. */
export function keepProof<Name extends keyof Proofs>(
  candidate: Database,
  schema: string,
  { name, proof }: { readonly name: Name; readonly proof: Proofs[Name] },
): Promise<void> {
  return coded({ database: candidate.label, operation: 'keeping a proof' }, () =>
    candidate.transaction({ reads: 'current' }, async (session) => {
      await session.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [schema]);
      await session.run(`create schema if not exists ${quoteName(schema)}`);
      await session.run(
        `create table if not exists ${table(schema)} (name text primary key, proof jsonb not null)`,
      );
      await session.run(
        `insert into ${table(schema)} values ($1, $2)
         on conflict (name) do update set proof = excluded.proof`,
        [name, JSON.stringify(proof)],
      );
    }),
  );
}

/** Everything that is remembered. */
export function readProofs(candidate: Database, schema: string): Promise<Partial<Proofs>> {
  return coded({ database: candidate.label, operation: 'reading proofs' }, () =>
    candidate.use(async (session) => {
      const [there] = await oneRow(session, 'select to_regclass($1) is not null', [table(schema)]);
      if (there !== 't') return {};
      const rows = await session.rows(`select name, proof from ${table(schema)}`);
      return Object.fromEntries(
        rows.map(([name, proof]) => [name ?? '', JSON.parse(proof ?? 'null') as unknown]),
      ) as Partial<Proofs>;
    }),
  );
}
