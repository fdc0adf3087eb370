import type { NoticeKind } from '@falsework/core/policy';
import type { EnvReference, FileReference } from './references.ts';

/**
 * Somebody who is told: exactly one of `webhook`, `slack` and `alertmanager`. Everything that is
 * secret is named, and read when control starts.
 */
export interface NotifyConfig {
  /** Gets one JSON object for each notice. */
  readonly webhook?: string | EnvReference | FileReference;
  /** An incoming webhook of Slack; its address is the secret. */
  readonly slack?: EnvReference | FileReference;
  /** The address of Alertmanager itself, without `/api`. */
  readonly alertmanager?: string | EnvReference | FileReference;
  /** Of what. Left out: of everything, Alertmanager of everything but decisions. */
  readonly on?: readonly NoticeKind[];
  /** Headers of every request. */
  readonly headers?: Readonly<Record<string, string | EnvReference | FileReference>>;
  /** Sent as `Authorization: Bearer …`. */
  readonly token?: EnvReference | FileReference;
}
