import { MethodOptions_IdempotencyLevel as IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { createComparator, type Rule } from '@falsework/core/compare';
import { compileRedaction } from '@falsework/core/redact';
import { compileCritical } from '../../compare/critical.ts';
import type { DescriptorSet } from '../descriptors/load-descriptor-set.ts';
import { canonicalJson } from '../json/canonical-json.ts';
import type { GrpcLaneSettings } from './grpc-lane.ts';

/** How one method is treated; everything that is left out is as for all others. */
export interface GrpcMethodSettings {
  /**
   * `none` declares that the method changes nothing, so that it may be shadowed. A descriptor set
   * that says `idempotency_level = NO_SIDE_EFFECTS` declares the same.
   */
  readonly effects?: 'none';
  /** The rules by which its answers are compared, as JSONPaths of their canonical JSON. */
  readonly compare?: readonly Rule[];
  /** What is taken out of answers before they are kept. */
  readonly redact?: readonly string[];
  readonly critical?: true | readonly string[];
  /** Share of calls compared, 0 to 1; the policy's when left out. */
  readonly sample?: number;
  /** How long a shadow has; the policy's when left out. */
  readonly timeoutMs?: number;
}

/** A method with nothing left open. */
export interface CompiledMethod {
  /** Why it is not compared; `null` when it is. */
  readonly unproven: 'undeclared' | 'streaming' | null;
  readonly sample: number | null;
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
  const { compare = [], redact = [], critical = [], sample, timeoutMs } = settings;
  const isRead =
    settings.effects === 'none' || method?.idempotency === IdempotencyLevel.NO_SIDE_EFFECTS;
  const isUnary = method === undefined || method.methodKind === 'unary';
  return {
    unproven: isUnary ? (isRead ? null : 'undeclared') : 'streaming',
    sample: sample ?? null,
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
