import { Pool } from 'undici';

/** An answer as a caller has it. */
export interface Reply {
  readonly status: number;
  /** What stands in the headers, apart from what belongs to one connection or one instant. */
  readonly headers: string;
  readonly text: string;
}

export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly token?: string | null;
  readonly body?: unknown;
}

const CONNECTIONS = 16;
const TIMEOUT_MS = 10_000;
const OF_ONE_ANSWER = new Set(['date', 'connection', 'keep-alive']);

/** Connections to one address. */
export class Caller {
  readonly #pool: Pool;

  constructor(url: string) {
    const timeouts = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS };
    this.#pool = new Pool(url, { connections: CONNECTIONS, ...timeouts });
  }

  async ask({ method, path, token = null, body }: Asked): Promise<Reply> {
    const answer = await this.#pool.request({
      method,
      path,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const headers = Object.entries(answer.headers).filter(([name]) => !OF_ONE_ANSWER.has(name));
    return {
      status: answer.statusCode,
      headers: JSON.stringify(headers),
      text: await answer.body.text(),
    };
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
