import type { Comparator, Rule } from '@falsework/core/compare';
import type { DeclaredIdentifiers } from '../writes/identifiers/route-identifiers.ts';
import type { RouteWrites } from '../writes/write-settings.ts';
import type { KeySource } from './key-source.ts';

/**
 * One piece of a declared path: exact text, still percent-encoded, or a parameter that takes any
 * text.
 */
export type RouteSegment = { readonly literal: string } | { readonly param: string };

/** A declared route, taken apart: `GET /orders/{id}`. */
export interface RoutePattern {
  /** An HTTP method in capitals, or `ANY`. */
  readonly method: string;
  /** Empty for `/`. A trailing slash is a segment of its own, with an empty literal. */
  readonly segments: readonly RouteSegment[];
}

/** One declared route, in the shape that the configuration gives it. */
export interface RouteSettings {
  /** The name of the seam. */
  readonly seam: string;
  readonly pattern: RoutePattern;
  /** `follow`: its writes are journaled, and the candidate is fed. */
  readonly effects: 'none' | 'dry-run' | 'follow' | 'undeclared';
  /** `null`: the policy's. */
  readonly sample: number | null;
  readonly compare: readonly Rule[];
  /** Lays itself around the comparator of these rules, as that of a bridge to gRPC does. */
  readonly around?: (comparator: Comparator) => Comparator;
  /** What is taken out of answers before they are kept, as JSONPaths and names of members. */
  readonly redact?: readonly string[];
  /** `null`: the route's requests name no entity, and none moves before 100 %. */
  readonly key: KeySource | null;
  readonly stratum: KeySource | null;
  /** `true`: every wrong answer is critical; else those that touch these JSONPaths of the body. */
  readonly critical: true | readonly string[];
  /** Whether its shadows carry callers' credentials; `null` or left out: the guard's. */
  readonly shadowsCarryCredentials?: boolean | null;
  /** `null`: the policy's. */
  readonly timeoutMs: number | null;
  /** False: its writes stay with legacy until the candidate serves everybody. */
  readonly canShift?: boolean;
  /** Its answers name the side, so that the workflow which begins with them can stay there. */
  readonly beginsWorkflow?: boolean;
  /** What it promises of its writes, where they are followed. */
  readonly writes?: RouteWrites | null;
  /** Where identifiers stand that each side makes for itself. */
  readonly identifiers?: DeclaredIdentifiers | null;
  /** The longest body that is compared whole; `null` or left out: the guard's. */
  readonly maxBodyBytes?: number | null;
}
