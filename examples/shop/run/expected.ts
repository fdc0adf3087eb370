import type { GuardReport } from '@falsework/guard';

/** A difference between the two shops, as the guard must find it and as a person would put it. */
export interface ExpectedCause {
  readonly route: string;
  readonly template: string;
  readonly kind: string;
  readonly because: string;
}

/** What the second shop does differently. Each was written as such things are written. */
export const EXPECTED: readonly ExpectedCause[] = [
  {
    route: 'GET /products/{id}',
    template: '$.rating.average',
    kind: 'number',
    because: 'ratings are cut to a tenth, not rounded (catalogue.ts)',
  },
  {
    route: 'GET /orders/{id}',
    template: '$.deliverBy',
    kind: 'string',
    because: 'the promised day is UTC’s, not the shop’s (orders.ts)',
  },
  {
    route: 'GET /orders/{id}/payment',
    template: '$.ledgerEntry',
    kind: 'number',
    because: 'a 64-bit number went through a double (store.ts)',
  },
  {
    route: 'GET /me',
    template: '$.phone',
    kind: 'null-absent',
    because: 'nothing in place of null (account.ts)',
  },
  {
    route: 'GET /me/addresses',
    template: '$.addresses',
    kind: 'order',
    because: 'the order of the primary key, not of entering (store.ts)',
  },
  {
    route: 'GET /search?q=',
    template: '$.fields',
    kind: 'type',
    because: 'the framework’s own body of a 422 (problems.ts)',
  },
];

const nameOf = ({ route, template, kind }: Omit<ExpectedCause, 'because'>): string =>
  `${route}  ${template}  ${kind}`;

/** Causes that were expected and not found, and those that were found and not expected. */
export function judge(report: GuardReport): {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
} {
  const found = report.routes.flatMap(({ seam, causes }) =>
    causes.map(({ template, kind }) => nameOf({ route: seam, template, kind })),
  );
  const expected = EXPECTED.map(nameOf);
  return {
    missing: expected.filter((name) => !found.includes(name)),
    unexpected: found.filter((name) => !expected.includes(name)),
  };
}
