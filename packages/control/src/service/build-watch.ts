import { type EpochTuple, type EvidenceBatch, UNKNOWN_BUILD } from '@falsework/core/evidence';
import type { Instant } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';

// While a deployment rolls, old and new builds answer side by side. A build that was there before
// is taken for the present one again only when the present one has not answered for this long;
// otherwise epochs would alternate.
const SETTLE_MS = 10_000;

const SIDES = ['legacy', 'candidate'] as const;
type Builds = Map<string, Instant>;

/**
 * Notices from what planes see that another build answers. In memory: the log says which builds
 * there were.
 */
export class BuildWatch {
  readonly #lastSeen: Record<Side, Builds> = { legacy: new Map(), candidate: new Map() };

  /** Makes a build known without having seen it now, from the decision log. */
  remember(side: Side, build: string): void {
    if (!this.#lastSeen[side].has(build)) this.#lastSeen[side].set(build, 0);
  }

  /** The tuple that evidence should belong to from now on; `null` when it is the present one. */
  observe(batch: EvidenceBatch, present: EpochTuple, now: Instant): EpochTuple | null {
    const legacyBuild = this.#current('legacy', present.legacyBuild, batch, now);
    const candidateBuild = this.#current('candidate', present.candidateBuild, batch, now);
    const isSame = legacyBuild === present.legacyBuild && candidateBuild === present.candidateBuild;
    const { comparator, schema } = present;
    return isSame ? null : { legacyBuild, candidateBuild, comparator, schema };
  }

  #current(side: Side, present: string, batch: EvidenceBatch, now: Instant): string {
    const lastSeen = this.#lastSeen[side];
    this.remember(side, present);
    const others = [...buildsIn(batch, side)].filter((build) => build !== UNKNOWN_BUILD);
    const unheardOf = others.find((build) => !lastSeen.has(build));
    const sincePresentMs = now - (lastSeen.get(present) ?? 0);
    for (const build of others) lastSeen.set(build, now);
    if (unheardOf !== undefined) return unheardOf;
    if (others.includes(present) || sincePresentMs < SETTLE_MS) return present;
    return others[0] ?? present;
  }
}

function buildsIn(batch: EvidenceBatch, side: Side): Set<string> {
  const seen = new Set<string>();
  for (const { position } of batch.strata) {
    seen.add(side === 'legacy' ? position.legacyBuild : position.candidateBuild);
  }
  for (const report of batch.health) {
    if (report.side === side && report.build !== null) seen.add(report.build);
  }
  return seen;
}

/**
 * The batch without the runs of builds that the present epoch is not about: during a rolling
 * deployment an old build may still answer under the new snapshot, and must not vouch for the new
 * one.
 */
export function withoutForeignBuilds(
  batch: EvidenceBatch,
  epoch: EpochTuple & { readonly ordinal: number },
): EvidenceBatch {
  const strata = batch.strata.filter(({ position }) => {
    if (position.epoch !== epoch.ordinal) return true;
    return SIDES.every((side) => {
      const [seen, expected] =
        side === 'legacy'
          ? [position.legacyBuild, epoch.legacyBuild]
          : [position.candidateBuild, epoch.candidateBuild];
      return seen === expected || seen === UNKNOWN_BUILD;
    });
  });
  return strata.length === batch.strata.length ? batch : { ...batch, strata };
}
