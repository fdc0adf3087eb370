export { openApiDocument } from './openapi.ts';
export { type Problem, problem } from './problem.ts';
export type { Answer, CallInput, Role, Route } from './route.ts';
export { ROUTES, type StepRequest } from './routes.ts';
export type { WireCause } from './wire-causes.ts';
export type {
  CauseLine,
  DataHeard,
  Distribution,
  History,
  HistoryPoint,
  Session,
} from './wire-console.ts';
export type {
  AcceptedDifference,
  DecisionLine,
  MigrationStatus,
  WireGateResult,
  WireRefusal,
} from './wire-status.ts';
