import { commitShape, fileShape } from './commit-shapes.ts';
import type { Commit } from './git.ts';
import { linkHeader, readPaging } from './paging.ts';
import type { Hosted } from './repositories.ts';
import { type Place, repositoryShape } from './shapes.ts';
import type { Answer } from '../http.ts';

/** The calls that are emulated; `unknown` is every other path. */
export type GithubRoute = 'commit' | 'commits' | 'compare' | 'blob' | 'repository' | 'rate_limit' | 'unknown';

/** Which call a method and path make, on which repository and what in it. */
export interface Call {
  readonly route: GithubRoute;
  readonly repository: string;
  readonly what: string;
}

export interface Asked {
  readonly url: URL;
  readonly accept: string;
}

type Act = (hosted: Hosted, call: Call, asked: Asked & { readonly place: Place }) => Promise<Answer>;

/** The documented limits: files on a page and in all, of a comparison, and commits of a comparison. */
const FILES_PAGE = 300;
const FILES_MAX = 3000;
const COMPARE_FILES = 300;
const COMPARE_COMMITS = 250;

const DOCS = 'https://docs.github.com/rest';

export const problem = (status: number, message: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: { message, documentation_url: DOCS, status: String(status) },
});

const UNKNOWN: Call = { route: 'unknown', repository: '', what: '' };

const PATHS: readonly [RegExp, GithubRoute][] = [
  [/^\/repos\/([^/]+\/[^/]+)\/commits\/(.+)$/, 'commit'],
  [/^\/repos\/([^/]+\/[^/]+)\/commits$/, 'commits'],
  [/^\/repos\/([^/]+\/[^/]+)\/compare\/(.+)$/, 'compare'],
  [/^\/repos\/([^/]+\/[^/]+)\/git\/blobs\/([0-9a-f]{40})$/, 'blob'],
  [/^\/repos\/([^/]+\/[^/]+)$/, 'repository'],
  [/^\/rate_limit$/, 'rate_limit'],
];

/** The call behind a path; only GET is emulated. */
export const findCall = (method: string, path: string): Call => {
  if (method !== 'GET') return UNKNOWN;
  for (const [pattern, route] of PATHS) {
    const found = pattern.exec(path);
    if (found) return { route, repository: found[1] ?? '', what: found[2] ?? '' };
  }
  return UNKNOWN;
};

const noCommit = (revision: string): Answer => problem(422, `No commit found for SHA: ${revision}`);

const commit: Act = async (repository, { what }, { url, place }) => {
  const { git } = repository;
  const sha = await git.resolve(decodeURIComponent(what));
  const found = sha && (await git.commit(sha));
  if (!found) return noCommit(what);
  const scene = { repository, place };
  const all = await git.diff(found.parents[0], found.sha);
  const reachable = all.slice(0, FILES_MAX);
  const paging = readPaging(url, FILES_PAGE, FILES_PAGE);
  const files = reachable.slice(paging.start, paging.end).map((file) => fileShape(file, found.sha, scene));
  const sum = (count: 'additions' | 'deletions') => all.reduce((total, file) => total + file[count], 0);
  const stats = { additions: sum('additions'), deletions: sum('deletions') };
  const total = stats.additions + stats.deletions;
  const body = { ...commitShape(found, scene), stats: { total, ...stats }, files };
  return { status: 200, headers: linkHeader(url, paging, reachable.length), body };
};

const commits: Act = async (repository, _, { url, place }) => {
  const from = url.searchParams.get('sha') || 'refs/heads/main';
  const sha = await repository.git.resolve(from);
  if (!sha) return from === 'refs/heads/main' ? problem(409, 'Git Repository is empty.') : problem(404, 'Not Found');
  const all = await repository.git.log(sha);
  const paging = readPaging(url, 30, 100);
  const body = all.slice(paging.start, paging.end).map((one) => commitShape(one, { repository, place }));
  return { status: 200, headers: linkHeader(url, paging, all.length), body };
};

/** Without paging the newest 250 commits; with it, oldest first. */
const commitsOfCompare = (url: URL, newestFirst: readonly Commit[]) => {
  const oldestFirst = newestFirst.toReversed();
  const paged = url.searchParams.has('page') || url.searchParams.has('per_page');
  if (!paged) return { told: oldestFirst.slice(-COMPARE_COMMITS), page: 1, headers: {} };
  const paging = readPaging(url, COMPARE_COMMITS, COMPARE_COMMITS);
  const headers = linkHeader(url, paging, oldestFirst.length);
  return { told: oldestFirst.slice(paging.start, paging.end), page: paging.page, headers };
};

const compare: Act = async (repository, { what }, { url, place }) => {
  const { git, fullName } = repository;
  const [from = '', to = ''] = decodeURIComponent(what).split('...');
  const [base, head] = [await git.resolve(from), await git.resolve(to)];
  const merge = base && head && (await git.mergeBase(base, head));
  if (!base || !head || !merge) return problem(404, 'Not Found');
  const [ahead, behind] = [await git.log(head, [base]), await git.log(base, [head])];
  const { told, page, headers } = commitsOfCompare(url, ahead);
  const [baseCommit, mergeCommit] = [await git.commit(base), await git.commit(merge)];
  if (!baseCommit || !mergeCommit) return problem(404, 'Not Found');
  const scene = { repository, place };
  const files = page === 1 ? (await git.diff(merge, head)).slice(0, COMPARE_FILES) : [];
  const html = `${place.html}/${fullName}/compare/${from}...${to}`;
  const body = {
    url: `${place.api}/repos/${fullName}/compare/${from}...${to}`,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: commitShape(baseCommit, scene),
    merge_base_commit: commitShape(mergeCommit, scene),
    status: ahead.length ? (behind.length ? 'diverged' : 'ahead') : behind.length ? 'behind' : 'identical',
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: told.map((one) => commitShape(one, scene)),
    files: files.map((file) => fileShape(file, head, scene)),
  };
  return { status: 200, headers, body };
};

const blob: Act = async ({ git, fullName }, { what }, { accept, place }) => {
  const content = await git.blob(what);
  if (!content) return problem(404, 'Not Found');
  if (/application\/vnd\.github(\.v3)?\.raw/.test(accept)) {
    return {
      status: 200,
      headers: { 'content-type': 'application/vnd.github.raw+json; charset=utf-8' },
      body: content,
    };
  }
  const url = `${place.api}/repos/${fullName}/git/blobs/${what}`;
  const base64 = content.toString('base64').replace(/.{60}/g, '$&\n');
  const node = Buffer.from(`04:Blob${what}`).toString('base64');
  return {
    status: 200,
    body: { sha: what, node_id: node, size: content.length, url, content: base64, encoding: 'base64' },
  };
};

const ACTS: Readonly<Partial<Record<GithubRoute, Act>>> = {
  commit,
  commits,
  compare,
  blob,
  repository: async (hosted, _, { place }) => ({ status: 200, body: repositoryShape(hosted, place) }),
};

/** Answers a call from the real repository behind it. */
export const answerCall = async (
  hosted: Hosted | undefined,
  call: Call,
  asked: Asked & { place: Place },
): Promise<Answer> => {
  const act = ACTS[call.route];
  return act && hosted ? act(hosted, call, asked) : problem(404, 'Not Found');
};
