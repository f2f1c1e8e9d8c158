import type { Answer } from '../http.ts';
import { commitShape, fileShape } from './commit-shapes.ts';
import { issueShape, type Thread } from './issue-shapes.ts';
import { pageOf } from './paging.ts';
import { pullShape, simplePullShape } from './pull-shapes.ts';
import type { Hosted } from './repositories.ts';
import type { Rooms } from './rooms.ts';
import { type Asked, NOT_FOUND, ok } from './route.ts';
import type { Json, Scene } from './shapes.ts';
import { inRepository, type World } from './world.ts';

/** docs.github.com/rest/pulls/pulls: at most 250 commits and 3,000 files are told of a pull request. */
const COMMITS = 250;
const FILES = 3000;

const changesOf = async ({ git }: Hosted, { pull }: Thread) => {
  const { baseSha = '', headSha = '' } = pull ?? {};
  const base = (await git.mergeBase(baseSha, headSha)) ?? baseSha;
  const [commits, files] = await Promise.all([git.log(headSha, [base]), git.diff(base, headSha)]);
  return { commits: commits.toReversed(), files };
};

const countsOf = async (hosted: Hosted, pull: Thread, rooms: Rooms): Promise<Json> => {
  const { commits, files } = await changesOf(hosted, pull);
  const sum = (count: 'additions' | 'deletions') => files.reduce((total, file) => total + file[count], 0);
  const lines = [...rooms.room(hosted).said.values()].filter(({ on }) => on.kind === 'line' && on.thread === pull);
  return {
    ...{ commits: commits.length, changed_files: files.length, review_comments: lines.length },
    ...{ additions: sum('additions'), deletions: sum('deletions') },
  };
};

/** Sorts and cuts threads as the query asks. */
const listed = (all: readonly Thread[], { searchParams }: URL): readonly Thread[] => {
  const by = searchParams.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const sign = searchParams.get('direction') === 'asc' ? 1 : -1;
  const from = Date.parse(searchParams.get('since') ?? '') || 0;
  return searchParams.get('state') === 'closed'
    ? []
    : all
        .filter(({ updatedAt }) => Math.floor(updatedAt / 1000) * 1000 >= from)
        .toSorted((a, b) => sign * (a[by] - b[by] || a.number - b.number));
};

type InThread = (hosted: Hosted, asked: Asked, thread: Thread) => Answer | Promise<Answer>;

/** Issues, and pull requests with their commits and files. */
export const threadRoutes = (world: World, rooms: Rooms) => {
  const scene = (repository: Hosted): Scene => ({ repository, place: world.place });
  const of = '/repos/{owner}/{repo}';
  const threads = (hosted: Hosted, fits: (thread: Thread) => boolean): Thread[] =>
    [...rooms.room(hosted).threads.values()].filter((thread) => !thread.discussion && fits(thread));
  const list = (fits: (thread: Thread) => boolean, shape: (thread: Thread, scene: Scene) => Json) =>
    inRepository(world, (hosted, { url }) => {
      const { items, headers } = pageOf(url, listed(threads(hosted, fits), url));
      return ok(
        items.map((one) => shape(one, scene(hosted))),
        headers,
      );
    });
  const one = (name: string, act: InThread) =>
    inRepository(world, (hosted, asked) => {
      const [found] = threads(hosted, ({ number }) => number === Number(asked.path[name]));
      return found && (name !== 'pull_number' || found.pull) ? act(hosted, asked, found) : NOT_FOUND;
    });
  const part = (act: (hosted: Hosted, pull: Thread) => Promise<readonly Json[]>) =>
    one('pull_number', async (hosted, { url }, pull) => {
      const { items, headers } = pageOf(url, await act(hosted, pull));
      return ok(items, headers);
    });
  const shapePull = async (hosted: Hosted, _: Asked, pull: Thread) =>
    ok({ ...pullShape(pull, scene(hosted)), ...(await countsOf(hosted, pull, rooms)) });
  const commits = async (hosted: Hosted, pull: Thread) => {
    const all = (await changesOf(hosted, pull)).commits.slice(0, COMMITS);
    return all.map((commit) => commitShape(commit, scene(hosted)));
  };
  const files = async (hosted: Hosted, pull: Thread) => {
    const all = (await changesOf(hosted, pull)).files.slice(0, FILES);
    return all.map((file) => fileShape(file, pull.pull?.headSha ?? '', scene(hosted)));
  };
  return {
    issues: { call: `GET ${of}/issues`, act: list(() => true, issueShape) },
    issue: {
      call: `GET ${of}/issues/{issue_number}`,
      act: one('issue_number', (hosted, _, issue) => ok(issueShape(issue, scene(hosted)))),
    },
    pulls: { call: `GET ${of}/pulls`, act: list(({ pull }) => pull !== undefined, simplePullShape) },
    pull: { call: `GET ${of}/pulls/{pull_number}`, act: one('pull_number', shapePull) },
    pull_commits: { call: `GET ${of}/pulls/{pull_number}/commits`, act: part(commits) },
    pull_files: { call: `GET ${of}/pulls/{pull_number}/files`, act: part(files) },
  };
};
