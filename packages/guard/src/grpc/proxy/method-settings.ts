import { MethodOptions_IdempotencyLevel as IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { createComparator, type Rule } from '@falsework/core/compare';
import { compileRedaction } from '@falsework/core/redact';
import type { Operation } from '@falsework/core/stage';
import { compileCritical } from '../../compare/critical.ts';
import type { DescriptorSet } from '../descriptors/load-descriptor-set.ts';
import { canonicalJson } from '../json/canonical-json.ts';
import type { GrpcLaneSettings } from './grpc-lane.ts';

/** How one method is treated; everything that is left out is as for all others. */
export interface GrpcMethodSettings {
  /**
   * `none` declares that the method changes nothing, so that it may be shadowed. A descriptor set
   * that says `idempotency_level = NO_SIDE_EFFECTS` declares the same. With anything else the
   * method goes to the authority only.
   */
  readonly effects?: 'none' | 'dry-run' | 'follow';
  /** The rules by which its answers are compared, as JSONPaths of their canonical JSON. */
  readonly compare?: readonly Rule[];
  /** What is taken out of answers before they are kept. */
  readonly redact?: readonly string[];
  readonly critical?: true | readonly string[];
  /** Share of calls compared, 0 to 1; the policy's when left out. */
  readonly sample?: number;
  /** How long a shadow has; the policy's when left out. */
  readonly timeoutMs?: number;
  /** Whether its shadows carry callers' credentials; the guard's when left out. */
  readonly shadowsCarryCredentials?: boolean;
}

/** Why a method is not compared. */
export type MethodUnproven = 'undeclared' | 'streaming' | 'dry-run' | 'follow';

/** A method with nothing left open. */
export interface CompiledMethod {
  /** Why it is not compared; `null` when it is. */
  readonly unproven: MethodUnproven | null;
  /** What may be shadowed is routed as a read; a stream that changes nothing is one too. */
  readonly operation: Operation;
  /** True for one that has a single message each way; `null` when no descriptor says. */
  readonly isUnary: boolean | null;
  readonly sample: number | null;
  /** `null`: the guard's. */
  readonly shadowsCarryCredentials: boolean | null;
  readonly lane: GrpcLaneSettings;
}

/**
 * Compiles one method by its path. Throws what wrong rules and paths throw. Without a descriptor
 * set answers are compared as bytes, and a method is known to stream only once it does.
 */
export function compileMethod(
  path: string,
  settings: GrpcMethodSettings,
  descriptors: DescriptorSet | null,
): CompiledMethod {
  const method = descriptors?.methodOfPath(path);
  const { compare = [], redact = [], critical = [], sample, timeoutMs, effects } = settings;
  const isSafe = method?.idempotency === IdempotencyLevel.NO_SIDE_EFFECTS;
  // What the configuration says is newer than what the descriptor set does.
  const isRead = effects === undefined ? isSafe : effects === 'none';
  const isUnary = method === undefined ? null : method.methodKind === 'unary';
  const declared = effects === undefined || effects === 'none' ? 'undeclared' : effects;
  return {
    unproven: isUnary === false ? 'streaming' : isRead ? null : declared,
    operation: isRead ? 'read' : 'write',
    isUnary,
    sample: sample ?? null,
    shadowsCarryCredentials: settings.shadowsCarryCredentials ?? null,
    lane: {
      comparator: createComparator({ rules: compare }),
      redaction: compileRedaction(redact),
      critical: compileCritical(critical),
      canonical:
        method === undefined || descriptors === null
          ? null
          : canonicalJson(method.output, descriptors.registry),
      timeoutMs: timeoutMs ?? null,
    },
  };
}
