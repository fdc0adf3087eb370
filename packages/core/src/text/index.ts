export { fingerprint, murmur3 } from './hash.ts';
export { nearestName } from './nearest.ts';
