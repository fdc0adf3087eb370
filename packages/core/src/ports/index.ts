export type { Cancel, Clock, Instant } from './clock.ts';
export { BatchRefused, type ControlLink } from './control-link.ts';
export type {
  Commit,
  CommitResult,
  ControlStore,
  EvidenceScope,
  HistoryScope,
  IngestScope,
  LatencyView,
  SeamVolume,
  SignatureNote,
  StratumHistory,
  Told,
  ToldCondition,
  ToldRecord,
} from './control-store.ts';
export type { Random } from './random.ts';
