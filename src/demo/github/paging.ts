/** Which part of a list a request asks for. */
export interface Paging {
  readonly page: number;
  readonly size: number;
  readonly start: number;
  readonly end: number;
}

/** Reads `page` and `per_page`; nonsense counts as not given, as on GitHub. */
export const readPaging = ({ searchParams }: URL, normal: number, most: number): Paging => {
  const number = (name: string): number => Math.max(0, Math.trunc(Number(searchParams.get(name))) || 0);
  const page = number('page') || 1;
  const size = Math.min(number('per_page') || normal, most);
  return { page, size, start: (page - 1) * size, end: page * size };
};

/** The Link header of a page (docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api); none when all fits. */
export const linkHeader = (url: URL, { page, size }: Paging, total: number): Record<string, string> => {
  const last = Math.ceil(total / size);
  if (last <= 1) return {};
  const link = (to: number, rel: string): string => {
    const target = new URL(url);
    target.searchParams.set('page', String(to));
    return `<${target.href}>; rel="${rel}"`;
  };
  const back = page > 1 ? [link(Math.min(page - 1, last), 'prev')] : [];
  const on = page < last ? [link(page + 1, 'next'), link(last, 'last')] : [];
  return { link: [...back, ...on, ...(page > 1 ? [link(1, 'first')] : [])].join(', ') };
};
