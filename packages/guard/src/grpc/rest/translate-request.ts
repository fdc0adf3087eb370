import { fromJson, type JsonValue, type Registry, toBinary } from '@bufbuild/protobuf';
import { Canonicaliser } from '../json/canonical-message.ts';
import { isList, isObject, type Json, parseLossless, Verbatim } from '../json/lossless.ts';
import type { HttpBinding } from './http-rules.ts';
import { type Draft, setFromQuery, setText } from './parameters.ts';
import { RestProblem } from './rest-problem.ts';
import type { RestMatch } from './rest-table.ts';

/** A request as HTTP has it. */
export interface RestRequest {
  /** What follows the `?`; empty when there is none. */
  readonly query: string;
  readonly contentType: string | null;
  readonly body: Uint8Array;
}

export interface TranslateOptions {
  /** Where types in an Any are found. */
  readonly registry: Registry;
  /** True to overlook members and parameters that the message does not have. */
  readonly ignoresUnknown: boolean;
}

/**
 * The message that an HTTP request means, in its binary encoding: its path over its query over its
 * body. Throws {@link RestProblem} when it means none.
 */
export function translateRequest(
  { binding, values }: RestMatch,
  request: RestRequest,
  { registry, ignoresUnknown }: TranslateOptions,
): Uint8Array {
  const desc = binding.method.input;
  const draft = bodyOf(binding, request, registry);
  const query = new URLSearchParams(request.query);
  // Where the body is the whole message, nothing is left for the query.
  if (binding.body !== 'message') setFromQuery(draft, desc, query, ignoresUnknown);
  binding.template.variables.forEach(({ fieldPath }, index) => {
    setText(draft, { desc, path: fieldPath, key: null }, values[index] ?? '');
  });
  try {
    const options = { registry, ignoreUnknownFields: ignoresUnknown };
    return toBinary(desc, fromJson(desc, plain(draft), options));
  } catch (error) {
    const because = error instanceof Error ? error.message : 'it is no such message';
    throw new RestProblem('INVALID_ARGUMENT', because, error);
  }
}

function bodyOf(
  { method, body }: HttpBinding,
  { body: bytes, contentType }: RestRequest,
  registry: Registry,
): Draft {
  if (body === 'nothing' || bytes.length === 0) return {};
  if (contentType !== null && !/^application\/(?:[^;]*\+)?json\b|^\s*$/i.test(contentType)) {
    throw new RestProblem('INVALID_ARGUMENT', 'the body is not application/json');
  }
  let json: Json;
  try {
    json = parseLossless(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new RestProblem('INVALID_ARGUMENT', 'the body is no JSON in UTF-8', error);
  }
  const message = body === 'message' ? json : { [body.jsonName]: json };
  // Large whole numbers keep their digits on the way through protobuf's own parser.
  const canonical = new Canonicaliser(registry).message(method.input, message);
  if (!isObject(canonical)) throw new RestProblem('INVALID_ARGUMENT', 'the body is no object');
  return { ...canonical };
}

/** JSON as protobuf's own parser takes it: what a double cannot hold as text. */
function plain(json: Json): JsonValue {
  if (typeof json === 'bigint') return json.toString();
  if (json instanceof Verbatim) return json.text;
  if (isList(json)) return json.map(plain);
  if (!isObject(json)) return json as JsonValue;
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, plain(value)]));
}
