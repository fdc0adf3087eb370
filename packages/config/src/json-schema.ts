import { z } from 'zod';
import { ENVIRONMENT_SETTINGS } from './layers/variables.ts';
import { migrationSchema } from './schema/migration-schema.ts';

/** A node of a JSON Schema. */
type JsonSchema = { [keyword: string]: unknown };

const ENV_REFERENCE: JsonSchema = {
  type: 'object',
  description: 'The value of an environment variable',
  properties: { from: { const: 'env' }, name: { type: 'string', minLength: 1 } },
  required: ['from', 'name'],
  additionalProperties: false,
};

const LIST_REFERENCE: JsonSchema = {
  type: 'object',
  description: 'A file with one key per line, relative to the configuration',
  properties: { from: { const: 'list' }, file: { type: 'string', minLength: 1 } },
  required: ['from', 'file'],
  additionalProperties: false,
};

/**
 * The configuration as JSON Schema, for completion and first checks in editors: one migration, a
 * list of them, or several by name. Draft 7, which the editors' YAML support reads best. Looser
 * than `parseConfig`: what two settings demand of each other is not in it. Write it to a file and
 * name that in the configuration, in JSON as `"$schema"`, in YAML as `# yaml-language-server:
 * $schema=falsework.schema.json`.
 */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const migration = withReferences(
    z.toJSONSchema(migrationSchema, { io: 'input', target: 'draft-7', unrepresentable: 'any' }),
  );
  const { $schema, properties, required, ...rest } = migration;
  const settings = { ...(properties as JsonSchema), $schema: { type: 'string' } };
  const needed = (required as string[]).filter((name) => name !== 'name');
  return {
    $schema,
    title: 'Falsework configuration',
    definitions: {
      migration: { ...rest, properties: settings, required },
      namedMigration: { ...rest, properties: settings, required: needed },
    },
    anyOf: [
      { $ref: '#/definitions/migration' },
      { type: 'array', items: { $ref: '#/definitions/migration' }, minItems: 1 },
      {
        type: 'object',
        properties: { $schema: { type: 'string' } },
        additionalProperties: { $ref: '#/definitions/namedMigration' },
      },
    ],
  };
}

/**
 * References are resolved before the schema sees a configuration, so it knows nothing of them; an
 * editor must.
 */
function withReferences(root: JsonSchema): JsonSchema {
  for (const { path } of ENVIRONMENT_SETTINGS) allow(ENV_REFERENCE, propertyAt(root, path));
  const cohorts = propertyAt(root, ['cohorts']);
  allow(LIST_REFERENCE, cohorts.additionalProperties as JsonSchema);
  return root;
}

function propertyAt(root: JsonSchema, path: readonly string[]): JsonSchema {
  return path.reduce(
    (node, key) => (node.properties as Record<string, JsonSchema>)[key] ?? {},
    root,
  );
}

/** Lets the reference stand beside what the node takes; what describes the node stays on it. */
function allow(reference: JsonSchema, node: JsonSchema): void {
  const { description: _, default: __, ...type } = node;
  for (const keyword of Object.keys(type)) delete node[keyword];
  node.anyOf = [type, reference];
}
