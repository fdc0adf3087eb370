import {
  type DescField,
  type DescMessage,
  type DescMethod,
  getExtension,
  hasExtension,
  type Message,
} from '@bufbuild/protobuf';
import { fault } from '@falsework/core/errors';
import { type DescriptorSet, pathOfMethod } from '../descriptors/load-descriptor-set.ts';
import { fieldsAt, isSingleText } from './field-path.ts';
import { type PathTemplate, parseTemplate } from './path-template.ts';

/** One way to call a method by HTTP. */
export interface HttpBinding {
  readonly method: DescMethod;
  /** `GET`, or the kind of a custom pattern; `*` for any. */
  readonly verb: string;
  readonly template: PathTemplate;
  /** What the body of a request is: the whole message, one field of it, or nothing. */
  readonly body: 'message' | 'nothing' | DescField;
  /** The field of the answer that is its body; `null` for the whole message. */
  readonly responseField: DescField | null;
}

/** HttpRule as it is decoded from a descriptor set. */
interface HttpRule extends Message {
  readonly pattern: {
    readonly case?: string;
    readonly value?: string | { readonly kind: string; readonly path: string };
  };
  readonly body: string;
  readonly responseBody: string;
  readonly additionalBindings: readonly HttpRule[];
}

/**
 * The bindings of all annotated methods of a set. Throws FW_GRPC_HTTP_RULE for an annotation that
 * makes no sense. O(annotations).
 */
export function readHttpRules(set: DescriptorSet): readonly HttpBinding[] {
  const option = set.registry.getExtension('google.api.http');
  // Without the extension in the set, no method in it can have been annotated.
  if (option === undefined) return [];
  const methods = set.services.flatMap((service) => service.methods);
  return methods.flatMap((method) => {
    const { options } = method.proto;
    if (options === undefined || !hasExtension(options, option)) return [];
    const rule = getExtension(options, option) as HttpRule;
    return [rule, ...rule.additionalBindings].map((each) => bindingOf(method, each));
  });
}

/** A binding in words: `GET /v1/{name=shelves/*}`. */
export function ruleWords({ verb, template }: Pick<HttpBinding, 'verb' | 'template'>): string {
  return `${verb} ${template.text}`;
}

function bindingOf(method: DescMethod, rule: HttpRule): HttpBinding {
  const { case: kind, value } = rule.pattern;
  const refuse = (text: string, because: string): never => {
    const name = pathOfMethod(method).slice(1);
    throw fault('FW_GRPC_HTTP_RULE', { method: name, rule: text, because });
  };
  const path = typeof value === 'string' ? value : (value?.path ?? '');
  const verb = typeof value === 'string' ? (kind ?? '').toUpperCase() : (value?.kind ?? '');
  const shown = `${verb} ${path}`.trim() || '(empty)';
  if (verb === '') return refuse(shown, 'it names no HTTP method');
  const template = parseTemplate(path);
  if (typeof template === 'string') return refuse(shown, template);
  for (const { fieldPath } of template.variables) {
    const last = fieldsAt(method.input, fieldPath)?.at(-1);
    if (last !== undefined && isSingleText(last)) continue;
    const because = `${method.input.typeName} has no single field ${fieldPath.join('.')}`;
    return refuse(shown, because);
  }
  if (rule.body !== '' && verb === 'GET') return refuse(shown, 'a GET has no body');
  const body = rule.body === '' || rule.body === '*' ? null : fieldOf(method.input, rule.body);
  if (body === undefined) return refuse(shown, `${method.input.typeName} has no ${rule.body}`);
  const answer = rule.responseBody === '' ? null : fieldOf(method.output, rule.responseBody);
  if (answer === undefined) {
    return refuse(shown, `${method.output.typeName} has no field ${rule.responseBody}`);
  }
  return {
    method,
    verb,
    template,
    body: body ?? (rule.body === '*' ? 'message' : 'nothing'),
    responseField: answer,
  };
}

function fieldOf(desc: DescMessage, name: string): DescField | undefined {
  return desc.fields.find((field) => field.name === name || field.jsonName === name);
}
