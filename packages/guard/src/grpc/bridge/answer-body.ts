import type { Registry } from '@bufbuild/protobuf';
import type { HttpBinding } from '../rest/http-rules.ts';
import { type GrpcStatus, statusJson } from '../rest/status.ts';
import { type AnswerStyle, type RestBody, translateAnswer } from '../rest/translate-answer.ts';

/**
 * How a stream of messages is one HTTP body: a JSON array, or a line of JSON for each message with
 * `{"result": …}`, and one with `{"error": …}` should it fail.
 */
export type StreamShape = 'array' | 'lines';

export interface AnswerBodyOptions {
  readonly registry: Registry;
  readonly style: AnswerStyle;
  readonly stream: StreamShape;
}

/** Puts together the HTTP body of a call's answer, message by message. */
export class AnswerBody {
  readonly #binding: HttpBinding;
  readonly #options: AnswerBodyOptions;
  readonly #isStream: boolean;
  #isRaw = false;
  #count = 0;

  constructor(binding: HttpBinding, options: AnswerBodyOptions) {
    this.#binding = binding;
    this.#options = options;
    this.#isStream = binding.method.methodKind === 'server_streaming';
  }

  /** True when something of the body may have gone out already. */
  get hasBegun(): boolean {
    return this.#count > 0;
  }

  /** The next piece, and what it is. Throws a RestProblem for what has no JSON. */
  add(message: Uint8Array): RestBody {
    const { registry, style, stream } = this.#options;
    const body = translateAnswer(this.#binding, message, registry, style);
    this.#isRaw = this.#binding.method.output.typeName === 'google.api.HttpBody';
    const isFirst = this.#count === 0;
    this.#count += 1;
    if (!this.#isStream || this.#isRaw) return body;
    const { bytes } = body;
    if (stream === 'lines') return json(`{"result":${bytes.toString()}}\n`);
    return json(`${isFirst ? '[' : ','}${bytes.toString()}`);
  }

  /** What comes after the last message of a call that succeeded. */
  end(): RestBody {
    if (!this.#isStream || this.#isRaw || this.#options.stream === 'lines') return json('');
    return json(this.#count === 0 ? '[]' : ']');
  }

  /**
   * What says that a stream failed after it had begun; `null` where nothing can, and the body must
   * be broken off.
   */
  failure(status: GrpcStatus): RestBody | null {
    if (!this.#isStream || this.#isRaw || this.#options.stream !== 'lines') return null;
    return json(`{"error":${statusJson(status, this.#options.registry)}}\n`);
  }
}

function json(text: string): RestBody {
  return { contentType: 'application/json', bytes: Buffer.from(text) };
}
