import { extname } from 'node:path';
import { fault } from '@falsework/core/errors';
import { formatCount } from '@falsework/core/text';
import { Validator } from '@seriousme/openapi-schema-validator';
import { parseJson, parseYaml } from '../load/parse-data.ts';
import { readBounded } from '../load/read-bounded.ts';
import { quoted, shown } from '../problems.ts';
import { isJson, type Json } from './json.ts';

/** An OpenAPI document that says what its version demands, and refers to nothing outside of it. */
export interface OpenapiDocument {
  readonly file: string;
  /** `3.1.0` */
  readonly version: string;
  readonly root: Json;
}

// The largest documents that are published, of clouds and payment services, have some ten.
const BYTES_MAX = 16 * 1_024 * 1_024;
// What those hold, and no more: aliases of YAML multiply, and each value is looked at.
const VALUES_MAX = 2_000_000;
// No schema that a person reads goes deeper; beyond it, what checks documents runs out of stack.
const DEPTH_MAX = 200;

/**
 * Reads an OpenAPI 3.0 or 3.1 document from a YAML or JSON file. Nothing but this file is opened,
 * and nothing is fetched. Rejects with FW_CONFIG_UNREADABLE, FW_CONFIG_SYNTAX and what {@link
 * parseOpenapi} rejects with.
 */
export async function readOpenapi(file: string): Promise<OpenapiDocument> {
  const read = readBounded(file, BYTES_MAX);
  if ('reason' in read) throw fault('FW_CONFIG_UNREADABLE', { file, reason: read.reason });
  return parseOpenapi(read.text, file);
}

/**
 * The same from a text. `file` is its name, for messages, and by its ending tells JSON from YAML.
 * Rejects with FW_CONFIG_SYNTAX, FW_OPENAPI_VERSION, FW_OPENAPI_LIMIT, FW_OPENAPI_REMOTE and
 * FW_OPENAPI_INVALID.
 */
export async function parseOpenapi(text: string, file: string): Promise<OpenapiDocument> {
  const root = extname(file) === '.json' ? parseJson(text, file) : parseYaml(text, file);
  const version = isJson(root) ? root['openapi'] : undefined;
  if (!isJson(root) || typeof version !== 'string' || !/^3\.[01]\.\d+$/.test(version)) {
    throw fault('FW_OPENAPI_VERSION', { file, found: versionWords(root) });
  }
  const references = outsideReferences(root, file);
  if (references.length > 0) throw fault('FW_OPENAPI_REMOTE', { file, references });
  const problems = await problemsOf(root);
  if (problems.length > 0) throw fault('FW_OPENAPI_INVALID', { file, problems });
  return { file, version, root };
}

function versionWords(root: unknown): string {
  if (!isJson(root)) return `it is ${shown(root)}`;
  for (const name of ['openapi', 'swagger']) {
    if (root[name] !== undefined) return `${name}: ${shown(root[name])}`;
  }
  return 'nothing of an openapi version';
}

/**
 * The `$ref`s that lead out of the document. Looks at every value once for each place where it
 * stands, without recursion, and gives up beyond the limits.
 */
function outsideReferences(root: Json, file: string): string[] {
  const found = new Set<string>();
  const open: { readonly value: object; readonly depth: number }[] = [{ value: root, depth: 1 }];
  let values = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    if (depth > DEPTH_MAX) throw limit(file, 'values nested deeper', `${DEPTH_MAX} levels`);
    for (const [name, member] of Object.entries(value)) {
      values += 1;
      if (values > VALUES_MAX)
        throw limit(file, 'more values', `${formatCount(VALUES_MAX)} values`);
      if (name === '$ref' && typeof member === 'string' && !member.startsWith('#')) {
        found.add(quoted(member));
      }
      if (typeof member === 'object' && member !== null) {
        open.push({ value: member, depth: depth + 1 });
      }
    }
  }
  return [...found].sort();
}

function limit(file: string, found: string, most: string): Error {
  return fault('FW_OPENAPI_LIMIT', { file, found, most });
}

/** What the schema of its version, and the references within it, have against a document. */
async function problemsOf(root: Json): Promise<string[]> {
  try {
    const { errors = [] } = await new Validator().validate(root);
    if (typeof errors === 'string') return [errors];
    const lines = errors.map(({ instancePath, message }) => {
      return `${placeWords(instancePath)} ${message ?? 'is wrong'}`;
    });
    return [...new Set(lines)];
  } catch (error) {
    // What it does not expect, such as a $ref that is no text, it throws at.
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** `/paths/~1orders/get` as people write it: `paths["/orders"].get`. */
function placeWords(pointer: string): string {
  const pieces = pointer.split('/').slice(1);
  const names = pieces.map((piece) => piece.replaceAll('~1', '/').replaceAll('~0', '~'));
  const text = names
    .map((name) => (/^\w+$/.test(name) ? `.${name}` : `[${quoted(name)}]`))
    .join('');
  return text === '' ? 'the document' : text.replace(/^\./, '');
}
