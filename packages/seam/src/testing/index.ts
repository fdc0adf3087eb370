export { type FailOnMismatchOptions, failOnMismatch } from './fail-on-mismatch.ts';
