import type { FastifyInstance } from 'fastify';

/** What a caller did that cannot be done; the status says which kind. */
export class Problem extends Error {
  readonly statusCode: number;
  readonly body: unknown;

  constructor(statusCode: number, body: unknown) {
    super(`${statusCode}`);
    this.statusCode = statusCode;
    this.body = body;
  }
}

export const missing = (what: string): Problem => new Problem(404, { what, error: 'not_found' });
export const conflict = (reason: string): Problem =>
  new Problem(409, { reason, error: 'conflict' });
export const unprocessable = (name: string, message: string): Problem =>
  new Problem(422, { fields: [{ name, message }], error: 'invalid' });
export const notSignedIn = (message = 'sign in first'): Problem =>
  new Problem(401, { message, error: 'not_signed_in' });

/** The value, or the refusal that there is none. */
export function found<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw missing(what);
  return value;
}

interface Invalid {
  readonly validation?: readonly { readonly instancePath: string; readonly message?: string }[];
}

/** Every problem as the answer it is, and what the framework's validation found as a 422. */
export function answerProblems(app: FastifyInstance): void {
  app.setNotFoundHandler(() => {
    throw missing('path');
  });
  app.setErrorHandler((error: Error & Invalid, _request, reply) => {
    if (error instanceof Problem) return reply.status(error.statusCode).send(error.body);
    if (error.validation === undefined) {
      console.error(error);
      return reply.status(500).send({ error: 'internal' });
    }
    const fields = error.validation.map(({ instancePath, message }) => ({
      name: instancePath.slice(1),
      message,
    }));
    return reply.status(422).send({ error: 'invalid', fields });
  });
}
