export { type Health, healthOf, missingWords, provenInMs } from './outlook.ts';
export { type PairRow, pairRows } from './pair-lines.ts';
export { shortIds } from './short-ids.ts';
export {
  acceptedWords,
  daysLeftWords,
  dayWords,
  decidedWords,
  epochWords,
  holdWords,
  nextWords,
  shareWords,
  standingWords,
  storeWords,
} from './standing.ts';
