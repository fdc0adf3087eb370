export { jsonOracle } from './json-oracle.ts';
export {
  countsOf,
  FixtureMigration,
  passingData,
  passingEvidence,
  provenStratum,
  QUICK_POLICY,
  START_AT,
} from './migration-fixtures.ts';
export { SeededRandom } from './seeded-random.ts';
export { SimClock } from './sim-clock.ts';
