import * as z from 'zod';

/** One token that GitHub found in public. `bytes`: the token alone; they own their memory, to move between threads. */
export interface Reported {
  readonly locator: string;
  readonly link: string | undefined;
  /** GitHub's name for this kind of token, agreed on with us; undefined when it is missing. */
  readonly type: string | undefined;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One call's tokens; `unread`: how many records were none. */
export interface ReportBatch {
  readonly texts: readonly Reported[];
  readonly unread: number;
}

/** Only the token is needed: a leak with a strange place is still a leak. */
const words = z.string().nullish().catch(undefined);
const Report = z.object({ token: z.string().min(1), type: words, url: words, source: words });

/**
 * The records, one by one, so that a bad one sinks no other; undefined when it is no list.
 * https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partnership-program/secret-scanning-partner-program
 */
export const readReports = (json: unknown): ReportBatch | undefined => {
  if (!Array.isArray(json)) return undefined;
  const texts = json.flatMap((record: unknown): Reported[] => {
    const { data } = Report.safeParse(record);
    return data ? [reported(data)] : [];
  });
  return { texts, unread: json.length - texts.length };
};

const reported = ({ token, type, url, source }: z.infer<typeof Report>): Reported => {
  const place = (url ?? '').trim();
  // A place is shown to people, so it must not hold the token.
  const locator = place && !place.includes(token) ? place : `GitHub (${nameOf(source)})`;
  return {
    locator,
    link: /^https?:\/\//i.test(locator) ? locator : undefined,
    type: type ?? undefined,
    bytes: new TextEncoder().encode(token),
  };
};

/** GitHub writes sources in both cases (`Commit`, `commit`), and new ones may come. */
const nameOf = (source: string | null | undefined): string => {
  const name = (source ?? '').trim().toLowerCase();
  return /^[a-z_]{1,40}$/.test(name) ? name : 'unknown';
};
