import type { IncomingHttpHeaders } from 'node:http2';
import type { Random } from '@falsework/core/ports';
import { type FenceReason, isInShare, type Side } from '@falsework/core/routing';
import type { PlaneSeam } from '@falsework/seam/plane';
import { isFed, isKept, type Plan } from '../../routes/plan.ts';
import type { Behind } from '../../shadow/key-motion.ts';
import { hasCredentials } from '../../sides/header-list.ts';
import type { DescriptorSet } from '../descriptors/load-descriptor-set.ts';
import { GrpcLane, type GrpcShadowContext } from './grpc-lane.ts';
import { type MethodCounts, newCounts, type StatusCounts } from './method-counts.ts';
import { type CompiledMethod, compileMethod, type GrpcMethodSettings } from './method-settings.ts';

/** One method as the guard knows it. */
export interface MethodEntry {
  /** The name of its seam: `pkg.Service/Method`. */
  readonly name: string;
  readonly compiled: CompiledMethod;
  readonly counts: MethodCounts;
  readonly statuses: StatusCounts;
  lane: GrpcLane | null;
}

/** Where a call goes, and whether it is compared. */
export interface MethodPlan {
  readonly entry: MethodEntry;
  readonly seam: PlaneSeam;
  /** `null` when the side that is to serve has as many calls as it may have. */
  readonly side: Side | null;
  /** `null` when the call is not compared. */
  readonly lane: GrpcLane | null;
  /** True when legacy may answer what the candidate fails to. */
  readonly canFallBack: boolean;
  /** The entity, whose writes reach one side later; `null` where they do not. */
  readonly behind: Behind | null;
}

export interface MethodTableOptions {
  readonly descriptors: DescriptorSet | null;
  /** Settings by name, as `pkg.Service/Method`. */
  readonly methods: Readonly<Record<string, GrpcMethodSettings>>;
  /** For methods that are not named. */
  readonly defaults: GrpcMethodSettings;
  readonly shadowing: GrpcShadowContext;
  /** The metadata in which a call names its entity, lower case; `null` when none does. */
  readonly keyHeader: string | null;
  /** Whether shadows carry callers' credentials, where a method does not say. */
  readonly shadowsCarryCredentials: boolean;
}

// A stranger can call any name; beyond this many, or longer ones, they are counted together.
const METHODS_MAX = 500;
const PATH_LENGTH_MAX = 300;
const UNKNOWN = '(unknown methods)';
const UNFENCED = { fence: null, doubtServes: 'legacy' } as const;

/** The methods that have been called, and how each is treated. */
export class MethodTable {
  readonly #options: MethodTableOptions;
  readonly #entries = new Map<string, MethodEntry>();

  /** Throws what wrong rules throw, and FW_GRPC_NAME_UNKNOWN for a name that the set lacks. */
  constructor(options: MethodTableOptions) {
    this.#options = options;
    // Rules that make no sense are to be heard of now, and not from the first call.
    compileMethod('', options.defaults, null);
    for (const name of Object.keys(options.methods)) {
      options.descriptors?.method(name);
      this.#entry(`/${name}`);
    }
  }

  entries(): readonly MethodEntry[] {
    return [...this.#entries.values()];
  }

  /** Asks whether the candidate may answer a call; `null` where nobody need be asked. */
  askFence(headers: IncomingHttpHeaders): Promise<FenceReason | null> | null {
    if (this.#options.shadowing.fence === null) return null;
    const { compiled } = this.#entry(headers[':path'] ?? '/');
    const { fence } = this.#fencing(compiled);
    if (fence === null) return null;
    const key = this.#keyOf(headers);
    const side = this.#options.shadowing.plane
      .router(compiled.operation)
      .sideOf({ key, pin: null });
    return side === 'candidate' ? fence.reasonFor(key) : null;
  }

  /**
   * Decides about one call by its headers, which are given as they came too, and by what the fence
   * said of it.
   */
  plan(
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
    reason: FenceReason | null,
  ): MethodPlan {
    const { plane, host } = this.#options.shadowing;
    const entry = this.#entry(headers[':path'] ?? '/');
    const { unproven, operation, isUnary, sample: own } = entry.compiled;
    const key = this.#keyOf(headers);
    const router = plane.router(operation);
    const seam = plane.seam(entry.name);
    const { shadow, salt, epoch } = plane.snapshot;
    const isCompared = unproven === null && router.isCompared && shadow.sample > 0;
    const sample = isCompared ? (own ?? shadow.sample) : 0;
    // Where the other side is no longer compared, it is no longer kept equal either. A stream is
    // not held back: its messages come in their own time.
    const canFallBack = operation === 'read' && isUnary !== false && router.isCompared;
    const chosen = router.sideOf({ key, pin: null });
    const fencing = this.#fencing(entry.compiled);
    const isFenced = chosen === 'candidate' && isKept(fencing, reason);
    if (isFenced) {
      entry.counts.fenced += 1;
      seam.countFenced();
    }
    const side = this.#withRoom(isFenced ? 'legacy' : chosen, canFallBack);
    const isDrawn =
      isDrawnFrom(sample, `${salt}\0${epoch}\0sample`, key, host.random) &&
      this.#mayCarry(entry, side, rawHeaders);
    if (isDrawn) {
      entry.lane ??= new GrpcLane(this.#options.shadowing, seam, entry.compiled.lane);
      entry.counts.sampled += 1;
    }
    const { fence: stores } = fencing;
    const behind = stores === null ? null : { key, stores };
    return { entry, seam, side, lane: isDrawn ? entry.lane : null, canFallBack, behind };
  }

  #keyOf(headers: IncomingHttpHeaders): string | null {
    const { keyHeader } = this.#options;
    const given = keyHeader === null ? undefined : headers[keyHeader];
    return typeof given === 'string' ? given : null;
  }

  #fencing({ operation }: CompiledMethod): Pick<Plan, 'fence' | 'doubtServes'> {
    const { plane, fence } = this.#options.shadowing;
    if (fence === null || operation !== 'read' || !isFed(plane)) return UNFENCED;
    return { fence, doubtServes: plane.router('write').sideOf({ key: null, pin: null }) };
  }

  /** The side that serves, which is legacy where the candidate is full and both would do. */
  #withRoom(side: Side, canFallBack: boolean): Side | null {
    const { sides } = this.#options.shadowing;
    if (!sides[side].isFull('serving')) return side;
    const mayFallBack = side === 'candidate' && canFallBack;
    return mayFallBack && !sides.legacy.isFull('serving') ? 'legacy' : null;
  }

  /**
   * Without its credentials a call would be another one, and they go to the candidate's shadows
   * only where that is declared. Legacy has seen them all along.
   */
  #mayCarry(
    { compiled, counts }: MethodEntry,
    served: Side | null,
    rawHeaders: readonly string[],
  ): boolean {
    const carries = compiled.shadowsCarryCredentials ?? this.#options.shadowsCarryCredentials;
    if (carries || served !== 'legacy' || !hasCredentials(rawHeaders)) return true;
    counts.credentials += 1;
    return false;
  }

  #entry(path: string): MethodEntry {
    const known = this.#entries.get(path);
    if (known !== undefined) return known;
    const isFull = this.#entries.size >= METHODS_MAX || path.length > PATH_LENGTH_MAX;
    const place = isFull ? UNKNOWN : path;
    const other = isFull ? this.#entries.get(UNKNOWN) : undefined;
    if (other !== undefined) return other;
    const { methods, defaults, descriptors } = this.#options;
    const name = isFull ? UNKNOWN : path.slice(1);
    // What is counted together is of many kinds, and proves nothing about any of them.
    const settings = isFull ? {} : { ...defaults, ...methods[name] };
    const entry = {
      name,
      compiled: compileMethod(place, settings, descriptors),
      counts: newCounts(),
      statuses: { legacy: {}, candidate: {} },
      lane: null,
    };
    this.#entries.set(place, entry);
    return entry;
  }
}

function isDrawnFrom(sample: number, salt: string, key: string | null, random: Random): boolean {
  if (sample <= 0 || sample >= 1) return sample >= 1;
  return key === null ? random.next() < sample : isInShare(salt, key, sample * 100);
}
