import { z } from 'zod';
import { problem } from './problem.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';

type Schema = Record<string, unknown>;

/** The OpenAPI 3.1 description of the admin API, made from the routes that are served. */
export function openApiDocument(version: string): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const [operationId, definition] of Object.entries<Route>(ROUTES)) {
    const path = definition.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = {
      ...paths[path],
      [definition.method.toLowerCase()]: operation(operationId, definition),
    };
  }
  const securitySchemes = { token: { type: 'http', scheme: 'bearer' } };
  const info = { title: 'Falsework admin API', version };
  return { openapi: '3.1.0', info, paths, components: { securitySchemes } };
}

function operation(operationId: string, definition: Route): Schema {
  const body = schemaOf(definition.body, 'input');
  const hasBody = definition.method === 'POST';
  return {
    operationId,
    summary: definition.summary,
    ...(definition.role === 'none' ? {} : { security: [{ token: [definition.role] }] }),
    parameters: [
      ...parameters('path', definition.params),
      ...parameters('query', definition.query),
    ],
    ...(hasBody ? { requestBody: { required: true, content: json(body) } } : {}),
    responses: {
      200: { description: 'Done.', content: json(schemaOf(definition.answer, 'output')) },
      default: { description: 'Not done.', content: json(schemaOf(problem, 'output')) },
    },
  };
}

function parameters(where: 'path' | 'query', schema: z.ZodType): Schema[] {
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Schema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: property,
  }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

function json(schema: Schema): Schema {
  return { 'application/json': { schema } };
}
