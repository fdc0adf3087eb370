import type { Clock } from '@falsework/core/ports';
import { nextStep } from '@falsework/core/stage';
import type { ControlService } from '../service/control-service.ts';
import { EXPOSITION_TYPE, exposition, type Sample } from './exposition.ts';
import type { Metric, Subject } from './metric.ts';
import type { PlaneLoads } from './plane-loads.ts';
import { METRICS } from './table.ts';

// The limit on strata, by verdict, with room. It is never reached while the bounds of the labels
// hold; one that fails them must not take Prometheus down.
const READINGS_MAX = 20_000;

/** What of control metrics are read from. */
type Read = Pick<ControlService, 'names' | 'known' | 'latency'>;

/** What metrics are made of. */
export interface ControlMetricsOptions {
  readonly service: Read;
  readonly loads: PlaneLoads;
  readonly clock: Clock;
}

/** What Prometheus scrapes. */
export class ControlMetrics {
  readonly #service: Read;
  readonly #clock: Clock;
  readonly #loads: PlaneLoads;
  readonly #loopFailures = new Map<string, number>();
  readonly #leftOut = new Map<string, number>();

  constructor({ service, loads, clock }: ControlMetricsOptions) {
    this.#service = service;
    this.#loads = loads;
    this.#clock = clock;
  }

  /** Counts a look that failed. */
  countLoopFailure(migration: string): void {
    this.#loopFailures.set(migration, (this.#loopFailures.get(migration) ?? 0) + 1);
  }

  /** The media type of {@link read}. */
  get contentType(): string {
    return EXPOSITION_TYPE;
  }

  /** Everything, in the text exposition format. */
  async read(): Promise<string> {
    const names = this.#service.names;
    const subjects = await Promise.all(names.map((name) => this.#subject(name)));
    return METRICS.map((metric) => {
      const samples = subjects.flatMap((subject) => this.#samples(metric, subject));
      return exposition(metric, samples);
    }).join('');
  }

  async #subject(name: string): Promise<Subject> {
    const [known, latency] = await Promise.all([
      this.#service.known(name),
      this.#service.latency(name),
    ]);
    const { state, evidence, managed } = known;
    const { policy } = managed;
    const now = this.#clock.now();
    return {
      known,
      latency,
      now,
      gates: nextStep(state, { now, evidence, policy })?.gates ?? [],
      load: this.#loads.totals(name, now, policy.staleAfterMs),
      loopFailures: this.#loopFailures.get(name) ?? 0,
      leftOut: this.#leftOut.get(name) ?? 0,
    };
  }

  #samples(metric: Metric, subject: Subject): Sample[] {
    const migration = subject.known.state.name;
    const readings = metric.read(subject);
    const over = readings.length - READINGS_MAX;
    if (over > 0) this.#leftOut.set(migration, (this.#leftOut.get(migration) ?? 0) + over);
    return readings
      .slice(0, READINGS_MAX)
      .map(({ labels, value }) => ({ labels: { migration, ...labels }, value }));
  }
}
