import { type DescMessage, fromBinary, type Registry, toJson } from '@bufbuild/protobuf';
import { Canonicaliser } from './canonical-message.ts';
import { isObject, type Json, type JsonObject, parseLossless, writeJson } from './lossless.ts';
import { unknownFieldsOf } from './unknown-fields.ts';

/** Documents of one message type, each message in its one spelling. */
export interface CanonicalJson {
  /**
   * JSON of the message, however it is spelled. Members that hold no value of their type, and
   * members that the type does not have, stay as they are. `null` for what is no JSON.
   */
  fromText(text: string): string | null;
  /**
   * The message in its binary encoding. Fields that the type does not know are listed under
   * `(unknown fields)`. `null` for what is no such message, or has no JSON: an Any of a type that
   * the descriptor set lacks.
   */
  fromMessage(bytes: Uint8Array): string | null;
}

/** The member under which fields stand that only the sender's own descriptors know. */
export const UNKNOWN_FIELDS = '(unknown fields)';

/**
 * Makes proto3 JSON comparable: two documents are equal exactly when their messages are. Fields
 * without presence are filled with their defaults, names are in camel case, enums are names, whole
 * numbers are numbers of any length, Timestamps are in UTC, bytes are padded base64.
 *
 * ```ts
 * const canonical = canonicalJson(set.message('library.v1.Book'), set.registry);
 * canonical.fromText('{"page_count":"3"}') === canonical.fromText('{"pageCount":3,"title":""}');
 * ```
 */
export function canonicalJson(desc: DescMessage, registry: Registry): CanonicalJson {
  const canonicaliser = new Canonicaliser(registry);
  return {
    fromText: (text) => {
      try {
        return writeJson(canonicaliser.message(desc, parseLossless(text)));
      } catch {
        // Not JSON, or nested so deep that nobody can follow.
        return null;
      }
    },
    fromMessage: (bytes) => {
      try {
        const message = fromBinary(desc, bytes);
        const json = toJson(desc, message, { registry }) as Json;
        const unknown = unknownFieldsOf(message, registry);
        return writeJson(withUnknown(canonicaliser.message(desc, json), unknown));
      } catch {
        return null;
      }
    },
  };
}

function withUnknown(json: Json, unknown: readonly string[]): Json {
  if (unknown.length === 0) return json;
  const known: JsonObject = isObject(json) ? json : { value: json };
  return { ...known, [UNKNOWN_FIELDS]: unknown };
}
