import type { JsonNumber } from '../json/json-nodes.ts';

/**
 * A parsed JSONPath (RFC 9535). Plain data: two paths that mean the same segments serialise to the
 * same text.
 */
export interface PathQuery {
  readonly segments: readonly Segment[];
}

/** One step down: to children (`.a`, `[…]`) or to all descendants (`..a`, `..[…]`). */
export interface Segment {
  readonly isDescendant: boolean;
  readonly selectors: readonly Selector[];
}

export type Selector =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'index'; readonly index: number }
  | SliceSelector
  | { readonly kind: 'filter'; readonly condition: Condition };

/**
 * `[start:end:step]`; a bound that was left out is null, because it depends on the sign of the
 * step.
 */
export interface SliceSelector {
  readonly kind: 'slice';
  readonly start: number | null;
  readonly end: number | null;
  readonly step: number;
}

/** What stands behind the `?` of a filter. */
export type Condition =
  | { readonly kind: 'or' | 'and'; readonly terms: readonly Condition[] }
  | { readonly kind: 'not'; readonly term: Condition }
  | { readonly kind: 'exists'; readonly query: FilterQuery }
  | ComparisonTest
  | FunctionCall;

export interface ComparisonTest {
  readonly kind: 'comparison';
  readonly operator: ComparisonOperator;
  readonly left: Operand;
  readonly right: Operand;
}

export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** A path inside a filter: from the document's root (`$`) or from the node under test (`@`). */
export interface FilterQuery {
  readonly kind: 'query';
  readonly from: '$' | '@';
  readonly segments: readonly Segment[];
}

/** Literals keep numbers as written, so a filter on 9007199254740993 does not select …992. */
export interface Literal {
  readonly kind: 'literal';
  readonly value: string | boolean | null | JsonNumber;
}

export type FunctionName = 'length' | 'count' | 'match' | 'search' | 'value';

export interface FunctionCall {
  readonly kind: 'call';
  readonly name: FunctionName;
  readonly args: readonly Operand[];
}

export type Operand = Literal | FilterQuery | FunctionCall;

/** True for a query that selects at most one node: names and single indices only. */
export function isSingular(query: FilterQuery): boolean {
  return query.segments.every((segment) => {
    const [only, ...others] = segment.selectors;
    if (segment.isDescendant || only === undefined || others.length > 0) return false;
    return only.kind === 'name' || only.kind === 'index';
  });
}

/** True when a filter of the path asks for nodes from the document's root. */
export function hasRootQuery({ segments }: PathQuery): boolean {
  return segments
    .flatMap((segment) => segment.selectors)
    .some((selector) => selector.kind === 'filter' && asksRoot(selector.condition));
}

function asksRoot(part: Condition | Operand): boolean {
  switch (part.kind) {
    case 'or':
    case 'and':
      return part.terms.some(asksRoot);
    case 'not':
      return asksRoot(part.term);
    case 'exists':
      return asksRoot(part.query);
    case 'comparison':
      return asksRoot(part.left) || asksRoot(part.right);
    case 'call':
      return part.args.some(asksRoot);
    case 'query':
      return part.from === '$' || hasRootQuery(part);
    case 'literal':
      return false;
  }
}
