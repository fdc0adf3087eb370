import type { Cancel } from '@falsework/core/ports';
import type { Side } from '@falsework/core/routing';
import type { Host } from '@falsework/seam/engine';
import type { Plane, PlaneSeam } from '@falsework/seam/plane';
import { Capture, CaptureBudget } from '../../shadow/capture.ts';
import { failureWords } from '../../sides/side-failure.ts';
import { SideHealth } from '../../sides/side-health.ts';
import { codeName } from '../rest/status.ts';
import type { GrpcChannel } from '../wire/channel.ts';
import { framed, framesOf } from '../wire/frames.ts';
import { formatTimeout } from '../wire/timeout.ts';
import { type Asked, askSide } from './ask-side.ts';
import { countHit } from './count-hit.ts';
import { codeOf } from './grpc-answer.ts';

/** How often sides are asked whether they live, and how long they have. */
export interface GrpcHealthSettings {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export interface GrpcHealthOptions {
  readonly host: Host;
  readonly plane: Plane;
  readonly channels: Readonly<Record<Side, GrpcChannel>>;
  readonly settings: GrpcHealthSettings;
  readonly buildHeader: string;
}

const CHECK = '/grpc.health.v1.Health/Check';
const ANSWER_BYTES_MAX = 64 * 1024;
// HealthCheckResponse: field 1, the status; 1 means SERVING.
const STATUS_TAG = 0x08;
const SERVING = 1;

/**
 * Asks both sides at regular intervals whether they live, by the health protocol of gRPC. A service
 * that does not implement it lives all the same: it answered. Each question to legacy also proves
 * that the counter of calls to legacy is alive.
 */
export class GrpcHealthChecks {
  readonly #options: GrpcHealthOptions;
  readonly #seam: PlaneSeam;
  readonly #health = { legacy: new SideHealth('legacy'), candidate: new SideHealth('candidate') };
  readonly #cancels: Record<Side, Cancel> = { legacy: () => {}, candidate: () => {} };
  readonly #stop = new AbortController();

  constructor(options: GrpcHealthOptions) {
    this.#options = options;
    this.#seam = options.plane.seam('(health checks)');
  }

  /** Asks both sides now, and from then on at every interval. */
  start(): void {
    void this.#look('legacy');
    void this.#look('candidate');
  }

  stop(): void {
    for (const cancel of Object.values(this.#cancels)) cancel();
    this.#stop.abort();
  }

  /** What is known of one side. */
  of(side: Side): SideHealth {
    return this.#health[side];
  }

  /** Never rejects. */
  async #look(side: Side): Promise<void> {
    const { host, plane, settings } = this.#options;
    const asked = await this.#ask(side);
    if (this.#stop.signal.aborted) return;
    this.#health[side].note(this.#wellness(asked), host.clock.now());
    const report = this.#health[side].report();
    if (report !== null) plane.noteHealth(report);
    this.#cancels[side] = host.clock.after(settings.intervalMs, () => void this.#look(side));
  }

  async #ask(side: Side): Promise<Asked> {
    const { host, settings, channels, plane } = this.#options;
    const before = this.#seam.legacyHits;
    countHit(this.#seam, side);
    if (this.#seam.legacyHits === before + 1) {
      // It moved, so it is alive; and a question of ours is no call of anybody's.
      this.#seam.legacyHits = before;
      plane.countLegacyProbes(1);
    }
    const controller = new AbortController();
    const cancel = host.clock.after(settings.timeoutMs, () => {
      controller.abort(new DOMException('No answer in time.', 'TimeoutError'));
    });
    const asked = await askSide(channels[side], {
      headers: {
        ':path': CHECK,
        'content-type': 'application/grpc',
        te: 'trailers',
        'user-agent': 'falsework-guard',
        'grpc-timeout': formatTimeout(settings.timeoutMs),
      },
      body: framed(Buffer.alloc(0)),
      capture: new Capture(new CaptureBudget(ANSWER_BYTES_MAX), ANSWER_BYTES_MAX),
      signal: AbortSignal.any([controller.signal, this.#stop.signal]),
    });
    cancel();
    return asked;
  }

  #wellness({ answer, failure }: Asked): { because: string | null; build: string | null } {
    if (failure !== null) return { because: failureWords(failure), build: null };
    const build = answer.headers[this.#options.buildHeader];
    const code = codeName(codeOf(answer));
    const isServing = code === 'OK' && isServingAnswer(answer.capture.read());
    const because = isServing || code === 'UNIMPLEMENTED' ? null : `answered ${code}`;
    return {
      because: code === 'OK' && !isServing ? 'answered that it is not serving' : because,
      build: typeof build === 'string' && build !== '' ? build : null,
    };
  }
}

function isServingAnswer(body: Buffer | null): boolean {
  const [only] = (body === null ? null : framesOf(body)) ?? [];
  return only !== undefined && only.bytes[0] === STATUS_TAG && only.bytes[1] === SERVING;
}
