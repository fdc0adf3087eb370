import { POSTGRES_VERSIONS, type PostgresVersion } from './binaries.ts';
import { type PostgresOptions, type PostgresServer, startPostgres } from './server.ts';

/** A server, or the reason for there being none. */
export type PostgresForTests =
  | { readonly server: PostgresServer; readonly missing: null }
  | { readonly server: null; readonly missing: string };

/**
 * Starts a server for a test file. In CI (`CI` is set) it rejects when there is none, because a
 * suite that skips itself there proves nothing; on a developer's machine the reason comes back, for
 * the title of the skipped suite. `FALSEWORK_TEST_POSTGRES=14` runs every suite that names no
 * version on that one.
 */
export async function postgresForTests(options: PostgresOptions = {}): Promise<PostgresForTests> {
  try {
    return { server: await startPostgres({ ...chosenVersion(), ...options }), missing: null };
  } catch (error) {
    if (process.env['CI']) throw error;
    return { server: null, missing: error instanceof Error ? error.message : String(error) };
  }
}

function chosenVersion(): { readonly version?: PostgresVersion } {
  const asked = process.env['FALSEWORK_TEST_POSTGRES'];
  if (asked === undefined || asked === '') return {};
  const version = POSTGRES_VERSIONS.find((one) => String(one) === asked);
  if (version === undefined) {
    throw new Error(
      `FALSEWORK_TEST_POSTGRES is ${asked}; it may be ${POSTGRES_VERSIONS.join(', ')}.`,
    );
  }
  return { version };
}
