import type { Answer } from '../http.ts';
import { commitShape, fileShape } from './commit-shapes.ts';
import type { Commit } from './git-log.ts';
import { linkHeader, pageOf, readPaging } from './paging.ts';
import type { Hosted } from './repositories.ts';
import { type Asked, NOT_FOUND, ok, problem } from './route.ts';
import type { Place } from './shapes.ts';
import { inRepository, type World } from './world.ts';

type Act = (hosted: Hosted, asked: Asked, place: Place) => Promise<Answer>;

/** The documented limits: files on a page and in all, of a comparison, and commits of a comparison. */
const FILES_PAGE = 300;
const FILES_MAX = 3000;
const COMPARE_FILES = 300;
const COMPARE_COMMITS = 250;

const noCommit = (revision: string): Answer => problem(422, `No commit found for SHA: ${revision}`);

/** Does the Accept header ask for the bytes themselves? */
export const wantsRaw = (accept = ''): boolean => /application\/vnd\.github(\.v3)?\.raw/.test(accept);

export const rawAnswer = (content: Buffer): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/vnd.github.raw+json; charset=utf-8' },
  body: content,
});

/** Base64 in lines of 60, as GitHub writes it. */
export const base64Of = (content: Buffer): string => content.toString('base64').replace(/.{60}/g, '$&\n');

const commit: Act = async (repository, { path: { ref = '' }, url }, place) => {
  const { git } = repository;
  const sha = await git.resolve(ref);
  const found = sha && (await git.commit(sha));
  if (!found) return noCommit(ref);
  const scene = { repository, place };
  const all = await git.diff(found.parents[0], found.sha);
  const reachable = all.slice(0, FILES_MAX);
  const paging = readPaging(url, FILES_PAGE, FILES_PAGE);
  const files = reachable.slice(paging.start, paging.end).map((file) => fileShape(file, found.sha, scene));
  const sum = (count: 'additions' | 'deletions') => all.reduce((total, file) => total + file[count], 0);
  const stats = { additions: sum('additions'), deletions: sum('deletions') };
  const total = stats.additions + stats.deletions;
  const body = { ...commitShape(found, scene), stats: { total, ...stats }, files };
  return ok(body, linkHeader(url, paging, reachable.length));
};

const commits: Act = async (repository, { url }, place) => {
  const from = url.searchParams.get('sha') || 'refs/heads/main';
  const sha = await repository.git.resolve(from);
  if (!sha) return from === 'refs/heads/main' ? problem(409, 'Git Repository is empty.') : NOT_FOUND;
  const all = await repository.git.log(sha);
  const { items, headers } = pageOf(url, all);
  return ok(
    items.map((one) => commitShape(one, { repository, place })),
    headers,
  );
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

const compare: Act = async (repository, { path: { basehead = '' }, url }, place) => {
  const { git, fullName } = repository;
  const [from = '', to = ''] = basehead.split('...');
  const [base, head] = [await git.resolve(from), await git.resolve(to)];
  const merge = base && head && (await git.mergeBase(base, head));
  if (!base || !head || !merge) return NOT_FOUND;
  const [ahead, behind] = [await git.log(head, [base]), await git.log(base, [head])];
  const { told, page, headers } = commitsOfCompare(url, ahead);
  const [baseCommit, mergeCommit] = [await git.commit(base), await git.commit(merge)];
  if (!baseCommit || !mergeCommit) return NOT_FOUND;
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
  return ok(body, headers);
};

const blob: Act = async ({ git, fullName }, { path: { file_sha: sha = '' }, headers: { accept } }, place) => {
  const content = /^[0-9a-f]{40}$/.test(sha) && (await git.blob(sha));
  if (!content) return NOT_FOUND;
  if (wantsRaw(accept)) return rawAnswer(content);
  const url = `${place.api}/repos/${fullName}/git/blobs/${sha}`;
  const node = Buffer.from(`04:Blob${sha}`).toString('base64');
  return ok({ sha, node_id: node, size: content.length, url, content: base64Of(content), encoding: 'base64' });
};

/** Commits, their differences and their files, taken from the real repository behind them. */
export const commitRoutes = (world: World) => {
  const route = (call: string, act: Act) => ({
    call,
    act: inRepository(world, (hosted, asked) => act(hosted, asked, world.place)),
  });
  return {
    commit: route('GET /repos/{owner}/{repo}/commits/{ref}', commit),
    commits: route('GET /repos/{owner}/{repo}/commits', commits),
    compare: route('GET /repos/{owner}/{repo}/compare/{basehead}', compare),
    blob: route('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', blob),
  };
};
