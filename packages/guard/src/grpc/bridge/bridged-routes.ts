import { MethodOptions_IdempotencyLevel as IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import type { HttpBinding } from '../rest/http-rules.ts';
import type { RestTable } from '../rest/rest-table.ts';

/** A binding as a guard declares its routes. */
export interface BridgedRoute {
  readonly binding: HttpBinding;
  readonly method: string;
  /** Texts and parameters, in the order of the path. */
  readonly segments: readonly ({ readonly literal: string } | { readonly param: string })[];
  /** True when the annotations say that the method changes nothing. */
  readonly isRead: boolean;
}

/**
 * The routes that a bridged service offers. A path that ends in `**` or in a verb has no such route
 * and is left out: a guard learns it from traffic instead.
 */
export function bridgedRoutes({ bindings }: RestTable): readonly BridgedRoute[] {
  return bindings.flatMap((binding) => {
    const { template, verb, method } = binding;
    if (verb === '*' || template.verb !== null || template.segments.includes('**')) return [];
    const segments = template.segments.map((segment, index) =>
      typeof segment === 'string' ? { param: paramOf(binding, index) } : segment,
    );
    const isSafe = method.idempotency === IdempotencyLevel.NO_SIDE_EFFECTS;
    return [{ binding, method: verb, segments, isRead: isSafe || verb === 'GET' }];
  });
}

/** A wildcard by the text before it where there is one: `shelves/*` is a shelf's. */
function paramOf({ template: { segments, variables } }: HttpBinding, index: number): string {
  const own = variables.find(({ from, to }) => from === index && to === index + 1);
  if (own !== undefined) return own.fieldPath.join('.');
  const before = segments[index - 1];
  return typeof before === 'object' ? before.literal : `segment${index + 1}`;
}
