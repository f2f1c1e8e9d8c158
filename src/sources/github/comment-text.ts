import { isLogin } from './mention.ts';

/** Nothing in it leads to the key, and nothing says that an older version of a text might still show it. */
export const defaultTemplate = `A secret key was exposed here. It does not work any more: Keyfuse had it ended at its issuer, and checked.

For {author} {owners}

What used the key needs a new one, kept where only that can read it.

Incident: {incidents}`;

export interface CommentNews {
  readonly incidents: readonly string[];
  /** As they stand in origins. */
  readonly actors: readonly (string | undefined)[];
  /** `@user`, `@org/team`. */
  readonly owners: readonly string[];
  /** By which the comment is known to be ours; nobody sees it. */
  readonly mark: string;
}

const MOST_INCIDENTS = 50;
const MOST_MENTIONS = 20;

/** The text of a comment. A line is left out when none of its placeholders has anything to say. */
export const commentText = (template: string, { incidents, actors, owners, mark }: CommentNews): string => {
  const authors = unique(actors.flatMap((one) => (one !== undefined && isLogin(one) ? `@${one}` : [])));
  const others = unique(owners).filter((owner) => !authors.some((author) => same(author, owner)));
  const more = incidents.length - MOST_INCIDENTS;
  const values: Readonly<Record<string, string>> = {
    incidents: incidents.slice(0, MOST_INCIDENTS).join(', ') + (more > 0 ? ` and ${more} more` : ''),
    author: authors.slice(0, MOST_MENTIONS).join(' '),
    owners: others.slice(0, MOST_MENTIONS).join(' '),
  };
  const lines = template.split('\n').flatMap((line) => {
    const named = line.match(PLACEHOLDER)?.map((one) => values[one.slice(1, -1)]);
    if (named?.every((value) => value === '')) return [];
    return line.replace(PLACEHOLDER, (one) => values[one.slice(1, -1)] ?? '').trimEnd();
  });
  return `${lines.join('\n').replace(/\n{3,}/g, '\n\n')}\n\n${mark}`;
};

const PLACEHOLDER = /\{(?:incidents|author|owners)\}/g;

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const unique = (all: readonly string[]): readonly string[] =>
  all.filter((one, at) => all.findIndex((other) => same(other, one)) === at);

/** The incidents that a comment of ours names. */
export const incidentsIn = (body: string): readonly string[] => body.match(/\binc_[0-9a-f]{16}\b/g) ?? [];
