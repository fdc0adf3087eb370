export type { Cancel, Clock, Instant } from './clock.ts';
export type { ControlLink } from './control-link.ts';
export type {
  Commit,
  CommitResult,
  ControlStore,
  EvidenceScope,
  IngestScope,
  LatencyView,
  SeamVolume,
  SignatureNote,
} from './control-store.ts';
export type { Random } from './random.ts';
