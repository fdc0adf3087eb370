export { durationText, parseDuration } from './duration.ts';
export { parsePercent, parseRate, parseRatio, rateText } from './rate.ts';
export { parseSize, sizeText } from './size.ts';
