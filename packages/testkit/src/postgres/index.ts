export { POSTGRES_VERSIONS, type PostgresVersion } from './binaries.ts';
export { type PostgresForTests, postgresForTests } from './for-tests.ts';
export { type PostgresOptions, type PostgresServer, startPostgres } from './server.ts';
