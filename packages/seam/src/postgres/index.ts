export type { PoolLike } from './pool-like.ts';
export { rolledBack } from './rolled-back.ts';
export type { RollbackOptions } from './shadow-pool.ts';
