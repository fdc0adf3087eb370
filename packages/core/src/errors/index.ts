export { CATALOGUE, type ErrorCode, type ErrorFacts } from './catalogue.ts';
export type { ErrorDefinition, ExitCode } from './definition.ts';
export { FalseworkError, fault, isFalseworkError } from './falsework-error.ts';
