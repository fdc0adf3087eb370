export { SeededRandom } from './seeded-random.ts';
export { SimClock } from './sim-clock.ts';
