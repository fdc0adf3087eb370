import type { Side } from '@falsework/core/routing';
import type { ServingContext } from '../http/exchange.ts';
import { Upstream } from '../http/upstream.ts';
import type { GuardSettings } from '../options/check-options.ts';
import type { ShadowContext } from '../shadow/shadow-lane.ts';
import { HealthChecks } from '../sides/health-checks.ts';

export type Upstreams = Readonly<Record<Side, Upstream>>;

/** What stays the same however often the settings of a guard change. */
export type Kept = Pick<ShadowContext, 'plane' | 'budget' | 'redactor' | 'follow' | 'fence'>;

/** Both sides, as these settings reach them. */
export function upstreamsOf({ legacy, candidate, sides }: GuardSettings): Upstreams {
  return {
    legacy: new Upstream('legacy', legacy, sides.legacy),
    candidate: new Upstream('candidate', candidate, sides.candidate),
  };
}

/** What serving and shadowing need of the settings, besides the routes. */
export function contextsOf(
  settings: GuardSettings,
  upstreams: Upstreams,
  kept: Kept,
): { readonly serving: ServingContext; readonly shadowing: ShadowContext } {
  const { system, headers, buildHeader, maxBodyBytes, candidateTimeoutMs } = settings;
  const named = (side: Side): string[] => (settings.namesSide ? ['Falsework-Side', side] : []);
  const added = { legacy: named('legacy'), candidate: named('candidate') };
  return {
    serving: { clock: system.clock, upstreams, added, candidateTimeoutMs },
    shadowing: {
      ...kept,
      host: system,
      upstreams,
      bodyBytesMax: maxBodyBytes,
      headers,
      buildHeader,
    },
  };
}

/** What asks both sides whether they live. */
export function healthOf(
  { system, health, buildHeader }: GuardSettings,
  upstreams: Upstreams,
  { plane }: Kept,
): HealthChecks {
  return new HealthChecks({ host: system, plane, upstreams, settings: health, buildHeader });
}
