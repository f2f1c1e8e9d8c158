import type { GithubClient } from './client.ts';
import { isMention } from './mention.ts';
import { GithubRefusal } from './refusal.ts';

/** In this order; the first that is there counts. */
const PLACES = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'];
/** GitHub takes up to 3 MB; matching a path against more than this would hold everything else up. */
const LARGEST = 512 * 1024;

/**
 * The CODEOWNERS of a repository's default branch; empty without one, or when it may not be read or is too large.
 * https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 */
export const readCodeowners = async (github: GithubClient, repo: string, stop: AbortSignal): Promise<string> => {
  for (const place of PLACES) {
    try {
      const path = `/repos/${repo}/contents/${place}`;
      return await bounded((await github.ask({ path, accept: 'application/vnd.github.raw+json', stop })).body);
    } catch (error) {
      const hidden = error instanceof GithubRefusal && error.waitMs === undefined && [403, 404].includes(error.status);
      if (!hidden) throw error;
    }
  }
  return '';
};

const bounded = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > LARGEST) return '';
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
};

/** Who owns a path: of the last line that fits it, `@user` and `@org/team`. */
export const ownersOf = (codeowners: string, path: string): readonly string[] => {
  const segments = path.split('/').filter((one) => one !== '');
  for (const line of codeowners.split('\n').reverse()) {
    const [, pattern = '', owners = ''] = /^((?:\\.|[^\\\s])+)(.*)$/.exec(line.replace(/(^|\s)#.*$/, '').trim()) ?? [];
    // Without negation and character ranges: GitHub skips such lines.
    if (pattern === '' || pattern.startsWith('!') || pattern.includes('[')) continue;
    if (fitsPath(partsOf(pattern.replace(/\\(.)/g, '$1')), segments)) return owners.split(/\s+/).filter(isMention);
  }
  return [];
};

/** As in a .gitignore, but `folder/*` is only what lies in that folder itself. */
const partsOf = (pattern: string): readonly string[] => {
  const parts = pattern.split('/').filter((one) => one !== '');
  if (parts.length === 0) return ['/'];
  const fromRoot = pattern.slice(0, -1).includes('/');
  const within = pattern.endsWith('/') ? ['*', '**'] : ['**'];
  return [...(fromRoot ? [] : ['**']), ...parts, ...(fromRoot && pattern.endsWith('/*') ? [] : within)];
};

/**
 * Fits parts to a pattern in which a star stands for any number of them. Strangers write patterns: the time is at most the
 * product of both lengths, whatever they are.
 */
const globbing =
  (star: string, fits: (part: string, one: string) => boolean) =>
  (pattern: ArrayLike<string>, text: ArrayLike<string>): boolean => {
    let [at, read, lastStar, from] = [0, 0, -1, 0];
    while (read < text.length) {
      const part = pattern[at];
      if (part === star) [lastStar, from, at] = [at, read, at + 1];
      else if (part !== undefined && fits(part, text[read] ?? '')) [at, read] = [at + 1, read + 1];
      else if (lastStar >= 0) [at, from, read] = [lastStar + 1, from + 1, from + 1];
      else return false;
    }
    while (pattern[at] === star) at += 1;
    return at === pattern.length;
  };

const fitsSegment = globbing('*', (part, one) => part === '?' || part === one);
const fitsPath = globbing('**', fitsSegment);
