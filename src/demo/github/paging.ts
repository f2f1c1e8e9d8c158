/** Which part of a list a request asks for. */
export interface Paging {
  readonly page: number;
  readonly size: number;
  readonly start: number;
  readonly end: number;
}

interface Sizes {
  readonly normal: number;
  readonly most: number;
}

const SIZES: Sizes = { normal: 30, most: 100 };

/** Reads `page` and `per_page`; nonsense counts as not given, as on GitHub. */
export const readPaging = ({ searchParams }: URL, normal: number, most: number): Paging => {
  const number = (name: string): number => Math.max(0, Math.trunc(Number(searchParams.get(name))) || 0);
  const page = number('page') || 1;
  const size = Math.min(number('per_page') || normal, most);
  return { page, size, start: (page - 1) * size, end: page * size };
};

const linkTo = (url: URL, rel: string, set: Readonly<Record<string, string | undefined>>): string => {
  const target = new URL(url);
  for (const [name, value] of Object.entries(set)) {
    if (value === undefined) target.searchParams.delete(name);
    else target.searchParams.set(name, value);
  }
  return `<${target.href}>; rel="${rel}"`;
};

/** The Link header of a page (docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api); none when all fits. */
export const linkHeader = (url: URL, { page, size }: Paging, total: number): Record<string, string> => {
  const last = Math.ceil(total / size);
  if (last <= 1) return {};
  const link = (to: number, rel: string): string => linkTo(url, rel, { page: String(to) });
  const back = page > 1 ? [link(Math.min(page - 1, last), 'prev')] : [];
  const on = page < last ? [link(page + 1, 'next'), link(last, 'last')] : [];
  return { link: [...back, ...on, ...(page > 1 ? [link(1, 'first')] : [])].join(', ') };
};

/** The page of a list that is asked for, with its Link header. */
export const pageOf = <T>(url: URL, all: readonly T[], { normal, most }: Sizes = SIZES) => {
  const paging = readPaging(url, normal, most);
  return { items: all.slice(paging.start, paging.end), headers: linkHeader(url, paging, all.length) };
};

/** A place in a sorted list; it stays right when entries come, go or move. */
export type Rank = readonly number[];

const compare = (a: Rank, b: Rank): number => {
  const at = a.findIndex((value, n) => value !== b[n]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
};

const write = (rank: Rank): string => Buffer.from(rank.join(':')).toString('base64url');
const read = (cursor: string): Rank => Buffer.from(cursor, 'base64url').toString().split(':').map(Number);

/**
 * A page by cursor: `after` (or `before`) an entry, told opaquely by the Link header. The list goes up by rank, or
 * down; an empty cursor is the beginning. A cursor that is no cursor gives undefined.
 */
export const cursorPage = <T>(
  url: URL,
  all: readonly T[],
  how: { readonly rank: (item: T) => Rank; readonly down: boolean; readonly sizes?: Sizes },
) => {
  const { normal, most } = how.sizes ?? SIZES;
  const { size } = readPaging(url, normal, most);
  const order = (a: Rank, b: Rank): number => (how.down ? compare(b, a) : compare(a, b));
  const sorted = all.toSorted((a, b) => order(how.rank(a), how.rank(b)));
  const [after, before] = ['after', 'before'].map((name) => url.searchParams.get(name) || undefined);
  const mark = read(after ?? before ?? '');
  if ((after || before) && mark.some(Number.isNaN)) return undefined;
  const first = sorted.findIndex((item) => order(how.rank(item), mark) >= (after ? 1 : 0));
  const edge = first < 0 ? sorted.length : first;
  const start = after ? edge : before ? Math.max(0, edge - size) : 0;
  const end = before ? edge : start + size;
  const items = sorted.slice(start, end);
  const [top, bottom] = [items[0], items.at(-1)];
  const prev = top !== undefined && start > 0 && { before: write(how.rank(top)), after: undefined, page: undefined };
  const next = bottom !== undefined &&
    end < sorted.length && { after: write(how.rank(bottom)), before: undefined, page: undefined };
  const links = [...(next ? [linkTo(url, 'next', next)] : []), ...(prev ? [linkTo(url, 'prev', prev)] : [])];
  const headers: Record<string, string> = links.length > 0 ? { link: links.join(', ') } : {};
  return { items, headers };
};
