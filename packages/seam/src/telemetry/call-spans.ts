import type { Verdict } from '@falsework/core/evidence';
import type { Side } from '@falsework/core/routing';
import { attached, type ShadowSpan } from './telemetry.ts';

/** Tells that a side begins to serve a call; gives what links shadow runs to the request. */
export function tellServed(seam: SpannedSeam, side: Side): unknown {
  const { telemetry } = attached;
  if (telemetry === null) return null;
  try {
    return telemetry.served({ seam: seam.name, side });
  } catch {
    seam.engine.countFault();
    return null;
  }
}

/** True for calls out of the process that telemetry makes. One that cannot tell makes none. */
export function isTelemetryAtWork(): boolean {
  try {
    return attached.telemetry?.isAtWork?.() ?? false;
  } catch {
    return false;
  }
}

/** The run of a call of which nobody is told. */
export const UNTOLD: ShadowSpan = Object.freeze({
  within: <Result>(body: () => Result) => body(),
  ended: () => {},
  judged: () => {},
});

/** What is known of the seam of a call. */
export interface SpannedSeam {
  readonly name: string;
  readonly engine: { countFault(): void };
}

/** The shadow runs of one call, as telemetry follows them. Nothing here throws. */
export class CallSpans {
  readonly #seam: SpannedSeam;
  readonly #link: unknown;
  readonly #spans: ShadowSpan[] = [];

  constructor(seam: SpannedSeam, link: unknown) {
    this.#seam = seam;
    this.#link = link;
  }

  /** Begins a run. */
  begin(side: Side): ShadowSpan {
    const { telemetry } = attached;
    if (telemetry === null) return UNTOLD;
    try {
      const span = telemetry.shadow({ seam: this.#seam.name, side }, this.#link);
      this.#spans.push(span);
      return this.#guarded(span);
    } catch {
      this.#seam.engine.countFault();
      return UNTOLD;
    }
  }

  /** Tells every run of the call what came of it. */
  judged(verdict: Verdict): void {
    for (const span of this.#spans.splice(0)) this.#quietly(() => span.judged(verdict));
  }

  #guarded(span: ShadowSpan): ShadowSpan {
    return {
      within: (body) => span.within(body),
      ended: () => this.#quietly(() => span.ended()),
      judged: (verdict) => this.#quietly(() => span.judged(verdict)),
    };
  }

  #quietly(tell: () => void): void {
    try {
      tell();
    } catch {
      this.#seam.engine.countFault();
    }
  }
}
