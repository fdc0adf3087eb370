import { type PostgresOptions, type PostgresServer, startPostgres } from './server.ts';

/** A server, or the reason for there being none. */
export type PostgresForTests =
  | { readonly server: PostgresServer; readonly missing: null }
  | { readonly server: null; readonly missing: string };

/**
 * Starts a server for a test file. In CI (`CI` is set) it rejects when there is none, because a
 * suite that skips itself there proves nothing; on a developer's machine the reason comes back, for
 * the title of the skipped suite.
 */
export async function postgresForTests(options: PostgresOptions = {}): Promise<PostgresForTests> {
  try {
    return { server: await startPostgres(options), missing: null };
  } catch (error) {
    if (process.env['CI']) throw error;
    return { server: null, missing: error instanceof Error ? error.message : String(error) };
  }
}
