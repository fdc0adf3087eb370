export { controlStoreContract } from './control-store-contract.ts';
export {
  batchOf,
  caused,
  commitOf,
  firstCommit,
  kickedOff,
  looking,
  nextCommit,
  ORDERS,
  paired,
  seen,
  served,
  taking,
} from './store-fixtures.ts';
export type { StoreSubject } from './store-subject.ts';
