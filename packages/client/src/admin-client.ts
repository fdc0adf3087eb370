import { fault } from '@falsework/core/errors';
import { type Answer, type CallInput, problem, type Route } from './contract/index.ts';
import { RemoteProblem } from './remote-problem.ts';

/** How to reach control. */
export interface AdminClientOptions {
  /** For example `http://127.0.0.1:7070`. */
  readonly url: string;
  /** A bearer token; `null` on routes that need none. */
  readonly token: string | null;
  /**
   * How long a call may take. Control answers in milliseconds; longer means that it is not there.
   */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;

/**
 * Calls the admin API. Rejects with `FW_CONTROL_UNREACHABLE`, `FW_TOKEN_MISSING`,
 * `FW_TOKEN_REFUSED`, `FW_CONTROL_ANSWER`, or the {@link RemoteProblem} that control answered with.
 *
 * ```ts
 * const client = new AdminClient({ url: 'http://127.0.0.1:7070', token });
 * const { migrations } = await client.call(ROUTES.migrations, { params: {}, query: {}, body: {} });
 * ```
 */
export class AdminClient {
  readonly #url: string;
  readonly #token: string | null;
  readonly #timeoutMs: number;

  constructor({ url, token, timeoutMs = TIMEOUT_MS }: AdminClientOptions) {
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
    this.#timeoutMs = timeoutMs;
  }

  /** Calls one route. The answer is checked against the contract before it is believed. */
  async call<R extends Route>(route: R, input: CallInput<R>): Promise<Answer<R>> {
    const url = `${this.#url}${pathOf(route, input)}`;
    const { status, text } = await this.#fetch(url, {
      method: route.method,
      headers: {
        accept: 'application/json',
        ...(route.method === 'POST' ? { 'content-type': 'application/json' } : {}),
        ...this.authorization(),
      },
      ...(route.method === 'POST' ? { body: JSON.stringify(input.body) } : {}),
      signal: AbortSignal.timeout(this.#timeoutMs),
    });
    const body = parseJson(text);
    if (status < 200 || status > 299) throw this.#failed(route, url, status, body);
    const parsed = route.answer.safeParse(body);
    if (parsed.success) return parsed.data as Answer<R>;
    const because = parsed.error.issues[0]?.message ?? 'the body has another shape';
    throw fault('FW_CONTROL_ANSWER', { url, status, because });
  }

  /** The header that carries the token; none without one. */
  authorization(): Record<string, string> {
    return this.#token === null ? {} : { authorization: `Bearer ${this.#token}` };
  }

  /** Where control is. */
  get url(): string {
    return this.#url;
  }

  async #fetch(url: string, init: RequestInit): Promise<{ status: number; text: string }> {
    try {
      const response = await fetch(url, init);
      return { status: response.status, text: await response.text() };
    } catch (error) {
      throw unreachable(this.#url, error);
    }
  }

  #failed(route: Route, url: string, status: number, body: unknown): Error {
    if (status === 401 && this.#token === null) return fault('FW_TOKEN_MISSING', { url });
    if (status === 401 || status === 403)
      return fault('FW_TOKEN_REFUSED', { url, needs: route.role });
    const said = problem.safeParse(body);
    if (said.success) return new RemoteProblem(said.data, status);
    return fault('FW_CONTROL_ANSWER', { url, status, because: 'it is not an answer of control' });
  }
}

/** The error of a call that never got an answer. */
export function unreachable(url: string, error: unknown): Error {
  // fetch hides what happened one level down: "fetch failed", with the refused connection as its
  // cause.
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (inner as { code?: unknown }).code;
  const because =
    typeof code === 'string' ? code : inner instanceof Error ? inner.message : 'no reason';
  return fault('FW_CONTROL_UNREACHABLE', { url, because }, error);
}

function pathOf<R extends Route>(route: R, input: CallInput<R>): string {
  const params = input.params as Record<string, string>;
  const path = route.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? ''),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query as Record<string, unknown>)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? path : `${path}?${query}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON means not control; the caller says so with the status.
    return undefined;
  }
}
