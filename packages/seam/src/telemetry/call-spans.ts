import type { Verdict } from '@falsework/core/evidence';
import type { Side } from '@falsework/core/routing';
import { attached, type ShadowSpan } from './telemetry.ts';

/** Tells that a side begins to serve a call; gives what links shadow runs to the request. */
export function tellServed(seam: string, side: Side, onFault: () => void): unknown {
  const { telemetry } = attached;
  if (telemetry === null) return null;
  try {
    return telemetry.served({ seam, side });
  } catch {
    onFault();
    return null;
  }
}

/** True for calls out of the process that telemetry makes. A telemetry that cannot tell makes none. */
export function isTelemetryAtWork(): boolean {
  try {
    return attached.telemetry?.isAtWork?.() ?? false;
  } catch {
    return false;
  }
}

const UNTOLD: ShadowSpan = Object.freeze({
  within: <Result>(body: () => Result) => body(),
  ended: () => {},
  judged: () => {},
});

/** The shadow runs of one call, as telemetry follows them. Nothing here throws. */
export class CallSpans {
  readonly #seam: string;
  readonly #link: unknown;
  readonly #onFault: () => void;
  #spans: ShadowSpan[] = [];

  constructor(seam: string, link: unknown, onFault: () => void) {
    this.#seam = seam;
    this.#link = link;
    this.#onFault = onFault;
  }

  /** Begins a run. */
  begin(side: Side): ShadowSpan {
    const { telemetry } = attached;
    if (telemetry === null) return UNTOLD;
    try {
      const span = telemetry.shadow({ seam: this.#seam, side }, this.#link);
      this.#spans.push(span);
      return this.#guarded(span);
    } catch {
      this.#onFault();
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
      this.#onFault();
    }
  }
}
