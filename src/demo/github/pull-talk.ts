import type { Thread } from './issue-shapes.ts';
import { pullShape, reviewCommentShape, simplePullShape } from './pull-shapes.ts';
import { tellRemark } from './remarks.ts';
import type { Hosted } from './repositories.ts';
import { edit, type On, type Rooms } from './rooms.ts';
import type { Json, Scene } from './shapes.ts';
import { delivered, type Said, type Talk } from './talk.ts';
import { type Told, tell, type World } from './world.ts';

type Pulls = Pick<Talk, 'openPullRequest' | 'editPullRequest'>;
type PullTalk = Pulls & Pick<Talk, 'review' | 'reviewComment' | 'resolveThread' | 'commitComment'>;

/** Sends `pull_request`. */
export const tellPull = (world: World, repository: Hosted, { pull, action }: { pull: Thread; action: Json }): Told => {
  const { number, login } = pull;
  const body = (scene: Scene): Json => ({ ...action, number, pull_request: pullShape(pull, scene) });
  return tell(world, repository, { event: 'pull_request', login, body });
};

const createPulls = (world: World, rooms: Rooms): Pulls => ({
  async openPullRequest(name, { head, ...text }) {
    const repository = world.repositories.get(name);
    const { git } = repository;
    const headSha = await git.resolve(`refs/heads/${head}`);
    const baseSha = await git.resolve('refs/heads/main');
    if (!headSha || !baseSha) throw new Error(`${name} has no branch ${head} beside main`);
    const pull = rooms.open(repository, text, { pull: { head, base: 'main', headSha, baseSha } });
    await git.setRef(`refs/pull/${pull.number}/head`, headSha);
    return delivered(pull.number, tellPull(world, repository, { pull, action: { action: 'opened' } }));
  },
  async editPullRequest(name, to) {
    const repository = world.repositories.get(name);
    const pull = rooms.thread(repository, to.number);
    const changes = edit(pull, to, world.now());
    return delivered(pull.number, tellPull(world, repository, { pull, action: { action: 'edited', changes } }));
  },
});

/** What is said around pull requests and commits. */
export const createPullTalk = (world: World, rooms: Rooms): PullTalk => {
  const say = (name: string, text: { body: string; login?: string }, on: (repository: Hosted) => On): Promise<Said> => {
    const repository = world.repositories.get(name);
    const saying = rooms.say(repository, on(repository), text);
    const action = { action: saying.on.kind === 'review' ? 'submitted' : 'created' };
    return delivered(saying.remark.id, tellRemark(world, repository, { saying, action }));
  };
  return {
    ...createPulls(world, rooms),
    review: async (name, { number, ...text }) =>
      say(name, text, (repository) => ({ kind: 'review', thread: rooms.thread(repository, number) })),
    reviewComment: async (name, { number, path, ...text }) =>
      say(name, text, (repository) => ({ kind: 'line', path, thread: rooms.thread(repository, number) })),
    commitComment: async (name, { sha, ...text }) => say(name, text, () => ({ kind: 'commit', sha })),
    async resolveThread(name, { comment, login = 'octocat' }) {
      const repository = world.repositories.get(name);
      const { on, remark } = rooms.said(repository, comment);
      if (on.kind !== 'line') throw new Error(`${comment} is no comment on a line`);
      const node = Buffer.from(`PullRequestReviewThread${remark.id}`).toString('base64');
      const body = (scene: Scene): Json => ({
        action: 'resolved',
        pull_request: simplePullShape(on.thread, scene),
        thread: { node_id: node, comments: [reviewCommentShape(remark, on, scene)] },
      });
      return delivered(comment, tell(world, repository, { event: 'pull_request_review_thread', login, body }));
    },
  };
};
