/** A query as it comes: texts, or lists of them when a name is repeated. */
export type Query = Readonly<Record<string, string | string[] | undefined>>;

export function text(query: Query, name: string): string | null {
  const value = query[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

/** One page of a list, under the name that it has in the answer. */
export function pageOf<Item, View>(
  items: readonly Item[],
  query: Query,
  view: (item: Item) => View,
) {
  const page = positive(text(query, 'page'), 1);
  const perPage = Math.min(positive(text(query, 'per_page'), 10), 50);
  const shown = items.slice((page - 1) * perPage, page * perPage);
  return {
    views: shown.map(view),
    about: { total: items.length, pages: Math.ceil(items.length / perPage), perPage, page },
  };
}

function positive(given: string | null, otherwise: number): number {
  const value = Number.parseInt(given ?? '', 10);
  return value > 0 ? value : otherwise;
}
