import { commitCommentShape } from './issue-shapes.ts';
import { pullShape, reviewCommentShape, reviewShape, simplePullShape } from './pull-shapes.ts';
import { edit, type Rooms } from './rooms.ts';
import type { Scene } from './shapes.ts';
import type { Talk, TalkNeeds, Teller } from './talk.ts';

type PullTalk = Pick<Talk, 'openPullRequest' | 'editPullRequest' | 'review' | 'reviewComment' | 'commitComment'>;

/** What is said around pull requests and commits. */
export const createPullTalk = (rooms: Rooms, teller: Teller, needs: TalkNeeds): PullTalk => ({
  async openPullRequest(repository, { head, ...text }) {
    const { git } = needs.find(repository);
    const headSha = await git.resolve(`refs/heads/${head}`);
    const baseSha = await git.resolve('refs/heads/main');
    if (!headSha || !baseSha) throw new Error(`${repository} has no branch ${head} beside main`);
    const pull = rooms.open(repository, text, { pull: { head, base: 'main', headSha, baseSha } });
    const { number, login } = pull;
    const body = (scene: Scene) => ({ action: 'opened', number, pull_request: pullShape(pull, scene) });
    return teller(repository, 'pull_request', { id: number, login, body });
  },
  async editPullRequest(repository, to) {
    const pull = rooms.thread(repository, to.number);
    const changes = edit(pull, to, needs.now());
    const { number, login } = pull;
    const body = (scene: Scene) => ({ action: 'edited', number, changes, pull_request: pullShape(pull, scene) });
    return teller(repository, 'pull_request', { id: number, login, body });
  },
  async review(repository, { number, body: text, login }) {
    const pull = rooms.thread(repository, number);
    const review = rooms.remark(text, login);
    const body = (scene: Scene) => ({
      action: 'submitted',
      review: reviewShape(review, pull, scene),
      pull_request: simplePullShape(pull, scene),
    });
    return teller(repository, 'pull_request_review', { id: review.id, login: review.login, body });
  },
  async reviewComment(repository, { number, path, body: text, login }) {
    const thread = rooms.thread(repository, number);
    const comment = rooms.remark(text, login);
    const body = (scene: Scene) => ({
      action: 'created',
      comment: reviewCommentShape(comment, { thread, path }, scene),
      pull_request: simplePullShape(thread, scene),
    });
    return teller(repository, 'pull_request_review_comment', { id: comment.id, login: comment.login, body });
  },
  commitComment(repository, { sha, body: text, login }) {
    const comment = rooms.remark(text, login);
    const body = (scene: Scene) => ({ action: 'created', comment: commitCommentShape(comment, sha, scene) });
    return teller(repository, 'commit_comment', { id: comment.id, login: comment.login, body });
  },
});
