import { discussionShape } from './discussion-shapes.ts';
import { issueShape, type Thread } from './issue-shapes.ts';
import { createPullTalk } from './pull-talk.ts';
import { tellRemark } from './remarks.ts';
import type { Hosted } from './repositories.ts';
import { edit, type Rooms } from './rooms.ts';
import type { Json, Scene } from './shapes.ts';
import { delivered, type Talk } from './talk.ts';
import { type Told, tell, type World } from './world.ts';

const tellIssue = (world: World, repository: Hosted, { issue, action }: { issue: Thread; action: Json }): Told => {
  const body = (scene: Scene): Json => ({ ...action, issue: issueShape(issue, scene) });
  return tell(world, repository, { event: 'issues', login: issue.login, body });
};

const issueTalk = (world: World, rooms: Rooms): Pick<Talk, 'openIssue' | 'editIssue'> => ({
  async openIssue(name, text) {
    const repository = world.repositories.get(name);
    const issue = rooms.open(repository, text);
    return delivered(issue.number, tellIssue(world, repository, { issue, action: { action: 'opened' } }));
  },
  async editIssue(name, to) {
    const repository = world.repositories.get(name);
    const issue = rooms.thread(repository, to.number);
    const changes = edit(issue, to, world.now());
    return delivered(issue.number, tellIssue(world, repository, { issue, action: { action: 'edited', changes } }));
  },
});

type CommentTalk = Pick<Talk, 'comment' | 'editComment' | 'deleteComment'>;

const commentTalk = (world: World, rooms: Rooms): CommentTalk => ({
  async comment(name, { issue, body, login = 'octocat' }) {
    const repository = world.repositories.get(name);
    const known = rooms.room(repository).threads.get(issue);
    const thread = known ?? rooms.open(repository, { title: `Issue ${issue}`, body: '' }, { number: issue });
    const saying = rooms.say(repository, { kind: 'thread', thread }, { body, login });
    const action = { action: 'created' };
    return delivered(saying.remark.id, tellRemark(world, repository, { saying, action }));
  },
  async editComment(name, { id, body }) {
    const repository = world.repositories.get(name);
    const saying = rooms.said(repository, id);
    const changes = edit(saying.remark, { body }, world.now());
    if (saying.on.kind === 'commit') return { id, payload: {}, delivery: undefined };
    return delivered(id, tellRemark(world, repository, { saying, action: { action: 'edited', changes } }));
  },
  async deleteComment(name, { id }) {
    const repository = world.repositories.get(name);
    const saying = rooms.said(repository, id);
    const told = tellRemark(world, repository, { saying, action: { action: 'deleted' } });
    rooms.room(repository).said.delete(id);
    return delivered(id, told);
  },
});

const discussionTalk = (world: World, rooms: Rooms): Pick<Talk, 'startDiscussion' | 'commentDiscussion'> => ({
  async startDiscussion(name, text) {
    const repository = world.repositories.get(name);
    const thread = rooms.open(repository, text, { discussion: true });
    const { number, login } = thread;
    const body = (scene: Scene): Json => ({ action: 'created', discussion: discussionShape(thread, scene) });
    return delivered(number, tell(world, repository, { event: 'discussion', login, body }));
  },
  async commentDiscussion(name, { number, body, login = 'octocat' }) {
    const repository = world.repositories.get(name);
    const thread = rooms.thread(repository, number);
    if (!thread.discussion) throw new Error(`${name} has no discussion ${number}`);
    const saying = rooms.say(repository, { kind: 'thread', thread }, { body, login });
    return delivered(saying.remark.id, tellRemark(world, repository, { saying, action: { action: 'created' } }));
  },
});

/** What is said outside of git, kept in these rooms. */
export const createTalk = (world: World, rooms: Rooms): Talk => ({
  ...issueTalk(world, rooms),
  ...commentTalk(world, rooms),
  ...discussionTalk(world, rooms),
  ...createPullTalk(world, rooms),
});
