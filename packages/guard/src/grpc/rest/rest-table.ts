import { fault } from '@falsework/core/errors';
import { type DescriptorSet, pathOfMethod } from '../descriptors/load-descriptor-set.ts';
import { type HttpBinding, readHttpRules, ruleWords } from './http-rules.ts';
import { matchTemplate, type TemplateSegment } from './path-template.ts';

/** A request and the binding that it meets. */
export interface RestMatch {
  readonly binding: HttpBinding;
  /** The values of the template's variables, in its order. */
  readonly values: readonly string[];
}

/** All that a descriptor set offers over HTTP. */
export interface RestTable {
  /** Most particular first. */
  readonly bindings: readonly HttpBinding[];
  /**
   * Finds the binding of a request by its method and its path without the query: `undefined` for a
   * path that nobody offers, the methods offered for a path that is there under others only.
   * O(bindings).
   */
  match(method: string, path: string): RestMatch | { readonly allowed: string[] } | undefined;
}

/**
 * Compiles the google.api.http annotations of a set. Throws FW_GRPC_HTTP_RULE and
 * FW_GRPC_HTTP_CONFLICT.
 *
 * ```ts
 * const table = compileRestTable(loadDescriptorSet(bytes, 'set.binpb'));
 * table.match('GET', '/v1/shelves/1/books/2')?.binding.method.name; // GetBook
 * ```
 */
export function compileRestTable(set: DescriptorSet): RestTable {
  const bindings = [...readHttpRules(set)];
  checkConflicts(bindings);
  // Stable: among equals the order of the files decides.
  bindings.sort((a, b) => compareOrder(orderOf(a), orderOf(b)));
  return {
    bindings,
    match: (method, path) => {
      const allowed = new Set<string>();
      for (const binding of bindings) {
        const values = matchTemplate(binding.template, path);
        if (values === null) continue;
        if (binding.verb === method || binding.verb === '*') return { binding, values };
        allowed.add(binding.verb);
      }
      return allowed.size === 0 ? undefined : { allowed: [...allowed] };
    },
  };
}

function checkConflicts(bindings: readonly HttpBinding[]): void {
  const seen = new Map<string, HttpBinding>();
  for (const binding of bindings) {
    const { segments, verb } = binding.template;
    const key = JSON.stringify([binding.verb, segments, verb]);
    const other = seen.get(key);
    if (other !== undefined && other.method !== binding.method) {
      const [method, rival] = [binding, other].map((each) => pathOfMethod(each.method).slice(1));
      const rule = ruleWords(binding);
      throw fault('FW_GRPC_HTTP_CONFLICT', { rule, method: method ?? '', other: rival ?? '' });
    }
    seen.set(key, binding);
  }
}

const weightOf = (segment: TemplateSegment): number =>
  segment === '**' ? 2 : segment === '*' ? 1 : 0;

/**
 * What is compared to find the more particular of two: a verb first, then texts before wildcards.
 */
function orderOf({ template }: HttpBinding): number[] {
  return [template.verb === null ? 1 : 0, ...template.segments.map(weightOf)];
}

function compareOrder(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return b.length - a.length;
}
