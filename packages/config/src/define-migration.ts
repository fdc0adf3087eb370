import type { MigrationConfig } from './migration-config.ts';

/**
 * Gives a `falsework.config.ts` its types, and nothing else: what comes out is what went in.
 * Validation happens once, when the file is loaded.
 *
 * ```ts
 * import { defineMigration, env, header, ignore, list } from '@falsework/config';
 *
 * export default defineMigration({
 *   name: 'orders',
 *   owner: 'checkout',
 *   deleteBy: '2027-03-31',
 *   guard: {
 *     legacy: env('ORDERS_V1'),
 *     candidate: 'http://orders-v2:8080',
 *     key: header('x-account-id'),
 *     routes: { 'GET /orders/{id}': { effects: 'none', compare: [ignore('$.servedBy')] } },
 *   },
 *   cohorts: { internal: list('accounts/internal.txt') },
 *   policy: { ramp: ['internal', 1, 10, 100], burnIn: '31d' },
 * });
 * ```
 */
export function defineMigration(config: MigrationConfig): MigrationConfig {
  return config;
}
