import type { z } from 'zod';

/** What a caller must hold to use a route. Each role may do what the one before it may. */
export type Role = 'none' | 'viewer' | 'plane' | 'operator';

/**
 * One route of the admin API: what goes in, what comes out, and who may ask. Served, called and
 * documented from here.
 */
export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> {
  readonly method: 'GET' | 'POST';
  /** A path with parameters as `:name`. */
  readonly path: string;
  readonly role: Role;
  readonly summary: string;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly answer: Answer;
}

/** Declares a route, keeping the types of its parts. */
export function route<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
>(definition: Route<Params, Query, Body, Answer>): Route<Params, Query, Body, Answer> {
  return definition;
}

/** What a caller passes to a route, as its schemas see it. */
export interface CallInput<R extends Route> {
  readonly params: z.input<R['params']>;
  readonly query: z.input<R['query']>;
  readonly body: z.input<R['body']>;
}

/** What a route answers. */
export type Answer<R extends Route> = z.output<R['answer']>;
