import { fromBinary, type JsonObject, type Registry, toJson } from '@bufbuild/protobuf';
import type { HttpBinding } from './http-rules.ts';
import { RestProblem } from './rest-problem.ts';

/** How answers are spelled. */
export interface AnswerStyle {
  /** Zeros, empty texts and empty lists are written. As most JSON services do: true by default. */
  readonly emitsDefaults?: boolean;
  readonly usesProtoNames?: boolean;
  readonly writesEnumNumbers?: boolean;
}

/** A body and what it is. */
export interface RestBody {
  readonly contentType: string;
  readonly bytes: Buffer;
}

const HTTP_BODY = 'google.api.HttpBody';

/**
 * The body of the HTTP answer that a message is. Throws {@link RestProblem} when it has none: it is
 * no such message, or holds an Any of a type that the descriptor set lacks.
 */
export function translateAnswer(
  { method, responseField }: Pick<HttpBinding, 'method' | 'responseField'>,
  bytes: Uint8Array,
  registry: Registry,
  style: AnswerStyle = {},
): RestBody {
  const { emitsDefaults = true, usesProtoNames = false, writesEnumNumbers = false } = style;
  try {
    const message = fromBinary(method.output, bytes);
    if (method.output.typeName === HTTP_BODY) return rawBody(message as never);
    const json = toJson(method.output, message, {
      registry,
      alwaysEmitImplicit: emitsDefaults,
      useProtoFieldName: usesProtoNames,
      enumAsInteger: writesEnumNumbers,
    });
    if (responseField === null) return jsonBody(json);
    const { fieldKind, jsonName, name } = responseField;
    const value = (json as JsonObject)[usesProtoNames ? name : jsonName];
    return jsonBody(value ?? (fieldKind === 'list' ? [] : fieldKind === 'map' ? {} : null));
  } catch (error) {
    throw new RestProblem('INTERNAL', 'the answer of the service has no JSON', error);
  }
}

function jsonBody(json: unknown): RestBody {
  return { contentType: 'application/json', bytes: Buffer.from(JSON.stringify(json)) };
}

function rawBody(message: { readonly contentType: string; readonly data: Uint8Array }): RestBody {
  return {
    contentType: message.contentType || 'application/octet-stream',
    bytes: Buffer.from(message.data),
  };
}
