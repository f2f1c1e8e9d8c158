import type { Answer } from '../http.ts';
import type { Thread } from './issue-shapes.ts';
import { pageOf } from './paging.ts';
import { remarkShape, tellRemark } from './remarks.ts';
import type { Hosted } from './repositories.ts';
import { edit, type On, type Rooms, type Saying } from './rooms.ts';
import { type Asked, invalid, NOT_FOUND, ok, problem, type Route } from './route.ts';
import { inRepository, type World } from './world.ts';

/** docs.github.com: a comment has at most 65,536 characters. */
const LONGEST = 65_536;

type Commenting = (hosted: Hosted, asked: Asked) => Answer | Promise<Answer>;

const textOf = ({ body: { body } }: Asked): string | Answer => {
  if (typeof body !== 'string' || body.trim() === '') return invalid('IssueComment', 'body', 'missing_field');
  if (body.length <= LONGEST) return body;
  return problem(422, `Validation Failed: body is too long (maximum is ${LONGEST} characters)`);
};

const since = (all: readonly Saying[], { searchParams }: URL): readonly Saying[] => {
  const from = Date.parse(searchParams.get('since') ?? '') || 0;
  const by = searchParams.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const sign = searchParams.has('sort') && searchParams.get('direction') !== 'asc' ? -1 : 1;
  return all
    .filter(({ remark }) => Math.floor(remark.updatedAt / 1000) * 1000 >= from)
    .toSorted((a, b) => sign * (a.remark[by] - b.remark[by] || a.remark.id - b.remark.id));
};

const threadOf = (rooms: Rooms, hosted: Hosted, number: string | undefined): Thread | undefined => {
  const thread = rooms.room(hosted).threads.get(Number(number));
  return thread?.discussion ? undefined : thread;
};

const createDesk = (world: World, rooms: Rooms) => {
  const listed = (hosted: Hosted, asked: Asked, belongs: (on: On) => boolean): Answer => {
    const all = [...rooms.room(hosted).said.values()].filter(({ on }) => belongs(on));
    const { items, headers } = pageOf(asked.url, since(all, asked.url));
    return ok(
      items.map((saying) => remarkShape(saying, { repository: hosted, place: world.place })),
      headers,
    );
  };
  const told = (hosted: Hosted, _: Asked, saying: Saying): Answer =>
    ok(remarkShape(saying, { repository: hosted, place: world.place }));
  const add = (hosted: Hosted, asked: Asked, on: On): Answer => {
    const body = textOf(asked);
    if (typeof body !== 'string') return body;
    const login = asked.caller.kind === 'nobody' ? 'ghost' : asked.caller.login;
    const saying = rooms.say(hosted, on, { body, login });
    world.later(tellRemark(world, hosted, { saying, action: { action: 'created' } }).sent);
    const answer = told(hosted, asked, saying);
    return { ...answer, status: 201, headers: { location: String((answer.body as { url: string }).url) } };
  };
  const change = (hosted: Hosted, asked: Asked, saying: Saying): Answer => {
    const body = textOf(asked);
    if (typeof body !== 'string') return body;
    const changes = edit(saying.remark, { body }, world.now());
    // GitHub has no webhook for an edited comment on a commit.
    if (saying.on.kind !== 'commit')
      world.later(tellRemark(world, hosted, { saying, action: { action: 'edited', changes } }).sent);
    return told(hosted, asked, saying);
  };
  return { listed, told, add, change };
};

type InSaying = (hosted: Hosted, asked: Asked, saying: Saying) => Answer;

/** An act on a comment of one kind, by its id; 404 without. */
const ofSaying =
  (rooms: Rooms, kind: On['kind'], act: InSaying): Commenting =>
  (hosted, asked) => {
    const found = rooms.room(hosted).said.get(Number(asked.path['comment_id']));
    return found?.on.kind === kind ? act(hosted, asked, found) : NOT_FOUND;
  };

const OF = '/repos/{owner}/{repo}';

/** Comments on issues and pull requests (docs.github.com/rest/issues/comments). */
const threadCommentRoutes = (world: World, rooms: Rooms) => {
  const { listed, told, add, change } = createDesk(world, rooms);
  const route = (call: string, act: Commenting): Route => ({ call, act: inRepository(world, act) });
  const inThread = (act: (hosted: Hosted, asked: Asked, thread: Thread) => Answer): Commenting => {
    return (hosted, asked) => {
      const thread = threadOf(rooms, hosted, asked.path['issue_number']);
      return thread ? act(hosted, asked, thread) : NOT_FOUND;
    };
  };
  const remove: InSaying = (hosted, _, saying) => {
    world.later(tellRemark(world, hosted, { saying, action: { action: 'deleted' } }).sent);
    rooms.room(hosted).said.delete(saying.remark.id);
    return { status: 204 };
  };
  const one = (act: InSaying): Commenting => ofSaying(rooms, 'thread', act);
  const all = (on: On): boolean => on.kind === 'thread' && !on.thread.discussion;
  return {
    comments: route(`GET ${OF}/issues/comments`, (hosted, asked) => listed(hosted, asked, all)),
    comment: route(`GET ${OF}/issues/comments/{comment_id}`, one(told)),
    comment_update: route(`PATCH ${OF}/issues/comments/{comment_id}`, one(change)),
    comment_delete: route(`DELETE ${OF}/issues/comments/{comment_id}`, one(remove)),
    issue_comments: route(
      `GET ${OF}/issues/{issue_number}/comments`,
      inThread((hosted, asked, thread) => listed(hosted, asked, (on) => on.kind === 'thread' && on.thread === thread)),
    ),
    issue_comment_create: route(
      `POST ${OF}/issues/{issue_number}/comments`,
      inThread((hosted, asked, thread) => add(hosted, asked, { kind: 'thread', thread })),
    ),
  };
};

/** Reviews and comments on lines of pull requests (docs.github.com/rest/pulls). */
const pullCommentRoutes = (world: World, rooms: Rooms) => {
  const { listed } = createDesk(world, rooms);
  const route = (call: string, act: Commenting): Route => ({ call, act: inRepository(world, act) });
  const ofPull = (kind: 'line' | 'review'): Commenting => {
    return (hosted, asked) => {
      const pull = threadOf(rooms, hosted, asked.path['pull_number']);
      if (!pull?.pull) return NOT_FOUND;
      return listed(hosted, asked, (on) => on.kind === kind && on.thread === pull);
    };
  };
  return {
    pull_comments_all: route(`GET ${OF}/pulls/comments`, (hosted, asked) =>
      listed(hosted, asked, ({ kind }) => kind === 'line'),
    ),
    pull_comments: route(`GET ${OF}/pulls/{pull_number}/comments`, ofPull('line')),
    pull_reviews: route(`GET ${OF}/pulls/{pull_number}/reviews`, ofPull('review')),
  };
};

/** Comments on commits (docs.github.com/rest/commits/comments). */
const commitCommentRoutes = (world: World, rooms: Rooms) => {
  const { listed, told, add, change } = createDesk(world, rooms);
  const route = (call: string, act: Commenting): Route => ({ call, act: inRepository(world, act) });
  const onCommit = (act: (hosted: Hosted, asked: Asked, sha: string) => Answer): Commenting => {
    return async (hosted, asked) => {
      const { commit_sha: revision = '' } = asked.path;
      const sha = await hosted.git.resolve(revision);
      return sha ? act(hosted, asked, sha) : problem(422, `No commit found for SHA: ${revision}`);
    };
  };
  // GitHub has no webhook for this one.
  const remove: InSaying = (hosted, _, saying) => {
    rooms.room(hosted).said.delete(saying.remark.id);
    return { status: 204 };
  };
  const one = (act: InSaying): Commenting => ofSaying(rooms, 'commit', act);
  return {
    commit_comments_all: route(`GET ${OF}/comments`, (hosted, asked) =>
      listed(hosted, asked, ({ kind }) => kind === 'commit'),
    ),
    commit_comment: route(`GET ${OF}/comments/{comment_id}`, one(told)),
    commit_comment_update: route(`PATCH ${OF}/comments/{comment_id}`, one(change)),
    commit_comment_delete: route(`DELETE ${OF}/comments/{comment_id}`, one(remove)),
    commit_comments: route(
      `GET ${OF}/commits/{commit_sha}/comments`,
      onCommit((hosted, asked, sha) => listed(hosted, asked, (on) => on.kind === 'commit' && on.sha === sha)),
    ),
    commit_comment_create: route(
      `POST ${OF}/commits/{commit_sha}/comments`,
      onCommit((hosted, asked, sha) => add(hosted, asked, { kind: 'commit', sha })),
    ),
  };
};

export const commentRoutes = (world: World, rooms: Rooms) => ({
  ...threadCommentRoutes(world, rooms),
  ...pullCommentRoutes(world, rooms),
  ...commitCommentRoutes(world, rooms),
});
