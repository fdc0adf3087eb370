export { formatCount, formatCounted, formatDuration, formatList, formatRate } from './format.ts';
export { fingerprint, murmur3 } from './hash.ts';
export { nearestName } from './nearest.ts';
