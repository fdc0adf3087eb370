import { type Registry, toBinary } from '@bufbuild/protobuf';
import { DescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { Comparator, JsonInput } from '@falsework/core/compare';
import { fingerprint } from '@falsework/core/text';
import { Canonicaliser } from '../json/canonical-message.ts';
import { isList, isObject, type Json, parseLossless, writeJson } from '../json/lossless.ts';
import { type HttpBinding, ruleWords } from '../rest/http-rules.ts';

// Changes with what this file makes of two documents, so that evidence of before stays apart.
const VERSION = 1;

/**
 * Compares the JSON answers of an HTTP legacy with those of a bridged gRPC candidate: both are put
 * into the canonical spelling of the method's answer first, so that a left-out zero, an enum's
 * number or an int64 as a text is no difference. Rules see the canonical document: names in camel
 * case, defaults filled in.
 *
 * An error of the candidate is a google.rpc.Status. Where legacy's error is one too, both are
 * compared by code and message; legacy's own kind of error document is compared by nothing but the
 * HTTP status, which is looked at before any body.
 */
export function bridgedComparator(
  binding: HttpBinding,
  registry: Registry,
  comparator: Comparator,
): Comparator {
  const canonical = documentOf(binding, registry);
  const canHoldStatus = looksLikeStatus(binding);
  const shape = Buffer.from(toBinary(DescriptorProtoSchema, binding.method.output.proto));
  return {
    fingerprint: fingerprint(
      JSON.stringify([
        VERSION,
        comparator.fingerprint,
        ruleWords(binding),
        shape.toString('base64'),
      ]),
    ),
    rules: comparator.rules,
    values: (legacy, candidate, options) => comparator.values(legacy, candidate, options),
    outcomes: (legacy, candidate) => comparator.outcomes(legacy, candidate),
    json: (legacy, candidate) => {
      const [a, b] = [read(legacy), read(candidate)];
      // What is no JSON is for the comparator to say.
      if (a === undefined || b === undefined) return comparator.json(legacy, candidate);
      const status = canHoldStatus ? null : statusOf(b);
      if (status !== null) {
        const other = statusOf(a);
        return comparator.json(writeJson(other ?? status), writeJson(status));
      }
      return comparator.json(writeJson(canonical(a)), writeJson(canonical(b)));
    },
  };
}

/** The canonical form of an answer of the binding: one message, one field of it, or a list. */
function documentOf(
  { method, responseField }: HttpBinding,
  registry: Registry,
): (json: Json) => Json {
  const canonicaliser = new Canonicaliser(registry);
  const one = (json: Json): Json => {
    if (responseField === null) return canonicaliser.message(method.output, json);
    const { jsonName } = responseField;
    const whole = canonicaliser.message(method.output, { [jsonName]: json });
    return isObject(whole) ? (whole[jsonName] ?? json) : json;
  };
  if (method.methodKind !== 'server_streaming') return one;
  return (json) => (isList(json) ? json.map(one) : one(json));
}

/** A google.rpc.Status, by code and message; `null` for any other document. */
function statusOf(json: Json): Json | null {
  if (!isObject(json)) return null;
  const { code, message = '', details = [], ...others } = json;
  const isStatus = typeof code === 'number' && typeof message === 'string' && isList(details);
  return isStatus && Object.keys(others).length === 0 ? { code, message } : null;
}

/** True for an answer that may look like a status when it is none. */
function looksLikeStatus({ method }: HttpBinding): boolean {
  return method.output.fields.some(({ jsonName }) => jsonName === 'code');
}

function read(input: JsonInput): Json | undefined {
  try {
    return parseLossless(typeof input === 'string' ? input : new TextDecoder().decode(input));
  } catch {
    return undefined;
  }
}
