import type { IncomingHttpHeaders } from 'node:http2';
import type { Clock } from '@falsework/core/ports';
import { Capture, CaptureBudget } from '../../shadow/capture.ts';
import { failureWords } from '../../sides/side-failure.ts';
import { codeName } from '../rest/status.ts';
import { framed, framesOf } from '../wire/frames.ts';
import { formatTimeout } from '../wire/timeout.ts';
import { askSide, type OpenCall } from './ask-side.ts';
import { codeOf } from './grpc-answer.ts';

/** What a service says of its health. */
export interface HealthAnswer {
  /** Why it is not well; `null` when it is. */
  readonly because: string | null;
  readonly headers: IncomingHttpHeaders;
}

interface HealthQuestion {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Ends the question early. */
  readonly signal?: AbortSignal;
}

const CHECK = '/grpc.health.v1.Health/Check';
const ANSWER_BYTES_MAX = 64 * 1024;
// HealthCheckResponse: field 1, the status; 1 means SERVING.
const STATUS_TAG = 0x08;
const SERVING = 1;

/**
 * Asks a service by gRPC's own health protocol whether it lives. One that does not implement it
 * lives all the same: it answered. Never rejects.
 */
export async function askHealth(
  open: OpenCall,
  { clock, timeoutMs, signal }: HealthQuestion,
): Promise<HealthAnswer> {
  const controller = new AbortController();
  const cancel = clock.after(timeoutMs, () => {
    controller.abort(new DOMException('No answer in time.', 'TimeoutError'));
  });
  const { answer, failure } = await askSide(open, {
    headers: {
      ':path': CHECK,
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'falsework-guard',
      'grpc-timeout': formatTimeout(timeoutMs),
    },
    body: framed(Buffer.alloc(0)),
    capture: new Capture(new CaptureBudget(ANSWER_BYTES_MAX), ANSWER_BYTES_MAX),
    signal: signal === undefined ? controller.signal : AbortSignal.any([controller.signal, signal]),
  });
  cancel();
  if (failure !== null) return { because: failureWords(failure), headers: {} };
  const code = codeName(codeOf(answer));
  const isServing = code === 'OK' && isServingAnswer(answer.capture.read());
  const because = isServing || code === 'UNIMPLEMENTED' ? null : `answered ${code}`;
  return {
    because: code === 'OK' && !isServing ? 'answered that it is not serving' : because,
    headers: answer.headers,
  };
}

function isServingAnswer(body: Buffer | null): boolean {
  const [only] = (body === null ? null : framesOf(body)) ?? [];
  return only !== undefined && only.bytes[0] === STATUS_TAG && only.bytes[1] === SERVING;
}
