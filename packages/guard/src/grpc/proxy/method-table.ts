import type { Random } from '@falsework/core/ports';
import { isInShare, type Side } from '@falsework/core/routing';
import type { PlaneSeam } from '@falsework/seam/plane';
import type { DescriptorSet } from '../descriptors/load-descriptor-set.ts';
import { GrpcLane, type GrpcShadowContext } from './grpc-lane.ts';
import { type CompiledMethod, compileMethod, type GrpcMethodSettings } from './method-settings.ts';

/** What happened to the calls of one method. */
export interface MethodCounts {
  legacy: number;
  candidate: number;
  abandoned: number;
  sampled: number;
}

/** One method as the guard knows it. */
export interface MethodEntry {
  /** The name of its seam: `pkg.Service/Method`. */
  readonly name: string;
  readonly compiled: CompiledMethod;
  readonly counts: MethodCounts;
  lane: GrpcLane | null;
}

/** Where a call goes, and whether it is compared. */
export interface MethodPlan {
  readonly entry: MethodEntry;
  readonly seam: PlaneSeam;
  readonly side: Side;
  /** `null` when the call is not compared. */
  readonly lane: GrpcLane | null;
}

export interface MethodTableOptions {
  readonly descriptors: DescriptorSet | null;
  /** Settings by name, as `pkg.Service/Method`. */
  readonly methods: Readonly<Record<string, GrpcMethodSettings>>;
  /** For methods that are not named. */
  readonly defaults: GrpcMethodSettings;
  readonly shadowing: GrpcShadowContext;
}

// A stranger can call any name; beyond this many, or longer ones, they are counted together.
const METHODS_MAX = 500;
const PATH_LENGTH_MAX = 300;
const UNKNOWN = '(unknown methods)';

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

  /** Decides about one call, by its path and the key of its entity. */
  plan(path: string, key: string | null): MethodPlan {
    const { plane, host } = this.#options.shadowing;
    const entry = this.#entry(path);
    const { unproven, sample: own } = entry.compiled;
    const router = plane.router(unproven === null ? 'read' : 'write');
    const seam = plane.seam(entry.name);
    const { shadow, salt, epoch } = plane.snapshot;
    const isCompared = unproven === null && router.isCompared && shadow.sample > 0;
    const sample = isCompared ? (own ?? shadow.sample) : 0;
    const isDrawn = isDrawnFrom(sample, `${salt}\0${epoch}\0sample`, key, host.random);
    if (isDrawn) {
      entry.lane ??= new GrpcLane(this.#options.shadowing, seam, entry.compiled.lane);
      entry.counts.sampled += 1;
    }
    const side = router.sideOf({ key, pin: null });
    return { entry, seam, side, lane: isDrawn ? entry.lane : null };
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
      counts: { legacy: 0, candidate: 0, abandoned: 0, sampled: 0 },
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
