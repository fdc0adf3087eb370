import type { Clock } from '@falsework/core/ports';
import { Counter, Gauge, Registry } from 'prom-client';
import type { ControlService } from '../service/control-service.ts';
import { METRICS, type Metric } from './table.ts';

/** What Prometheus scrapes. */
export class ControlMetrics {
  readonly #registry = new Registry();
  readonly #service: ControlService;
  readonly #clock: Clock;
  readonly #gauges: readonly { readonly metric: Metric; readonly gauge: Gauge }[];
  readonly #loopFailures: Counter<'migration'>;

  constructor(service: ControlService, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
    this.#loopFailures = new Counter({
      name: 'falsework_loop_failures_total',
      help: 'Looks of the control loop that failed; the loop goes on.',
      labelNames: ['migration'],
      registers: [this.#registry],
    });
    this.#gauges = METRICS.map((metric) => {
      const { name, help, labels } = metric;
      const gauge = new Gauge({ name, help, labelNames: [...labels], registers: [this.#registry] });
      return { metric, gauge };
    });
  }

  /** Counts a look that failed. */
  countLoopFailure(migration: string): void {
    this.#loopFailures.inc({ migration });
  }

  /** The media type of {@link read}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything, in the text exposition format. */
  async read(): Promise<string> {
    const all = await Promise.all(this.#service.names.map((name) => this.#service.known(name)));
    const now = this.#clock.now();
    for (const { metric, gauge } of this.#gauges) {
      // Strata of a past epoch must not stay on the page as if they were still measured.
      gauge.reset();
      for (const known of all) {
        for (const { labels, value } of metric.read(known, now)) gauge.set(labels, value);
      }
    }
    return this.#registry.metrics();
  }
}
