/** A page of the WorkOS API: the cursors are ids of the page's own ends, null where the list ends. */
export interface Page<T> {
  readonly object: 'list';
  readonly data: readonly T[];
  readonly list_metadata: { readonly before: string | null; readonly after: string | null };
}

interface Listed {
  readonly id: string;
}

/** The page that `limit` (1–100, default 10), `order`, `before` and `after` ask for, or the name of the one that is wrong. */
export const readPage = <T extends Listed, P>(
  oldestFirst: readonly T[],
  query: URLSearchParams,
  publish: (one: T) => P,
): Page<P> | string => {
  const limit = Number(query.get('limit') ?? 10);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) return 'limit';
  const order = query.get('order') ?? 'desc';
  if (!['normal', 'asc', 'desc'].includes(order)) return 'order';
  const all = order === 'desc' ? oldestFirst.toReversed() : oldestFirst;
  const place = (name: string): number | undefined => {
    const id = query.get(name);
    return id ? all.findIndex((one) => one.id === id) : undefined;
  };
  const after = place('after');
  const before = place('before');
  if (after === -1) return 'after';
  if (before === -1) return 'before';
  const start = before === undefined ? (after ?? -1) + 1 : Math.max(0, before - limit);
  const end = Math.min(before ?? all.length, start + limit);
  const page = all.slice(start, end);
  return {
    object: 'list',
    data: page.map(publish),
    list_metadata: {
      before: start > 0 ? (page[0]?.id ?? null) : null,
      after: end < all.length ? (page.at(-1)?.id ?? null) : null,
    },
  };
};
