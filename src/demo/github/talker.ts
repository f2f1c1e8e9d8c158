import { commentShape, issueShape } from './issue-shapes.ts';
import { createPullTalk } from './pull-talk.ts';
import { createRooms, edit, type Rooms } from './rooms.ts';
import { installation, type Json, repositoryShape, type Scene, userShape } from './shapes.ts';
import type { Talk, TalkNeeds, Teller } from './talk.ts';

const issueTalk = (rooms: Rooms, teller: Teller, now: () => number): Pick<Talk, 'openIssue' | 'editIssue'> => ({
  openIssue(repository, text) {
    const issue = rooms.open(repository, text);
    const body = (scene: Scene) => ({ action: 'opened', issue: issueShape(issue, scene) });
    return teller(repository, 'issues', { id: issue.number, login: issue.login, body });
  },
  editIssue(repository, to) {
    const issue = rooms.thread(repository, to.number);
    const changes = edit(issue, to, now());
    const body = (scene: Scene) => ({ action: 'edited', changes, issue: issueShape(issue, scene) });
    return teller(repository, 'issues', { id: issue.number, login: issue.login, body });
  },
});

type CommentTalk = Pick<Talk, 'comment' | 'editComment' | 'deleteComment'>;

const commentTalk = (rooms: Rooms, teller: Teller, now: () => number): CommentTalk => {
  const tell = (repository: string, id: number, more: Json) => {
    const { remark, thread } = rooms.comment(repository, id);
    const body = (scene: Scene) => ({
      ...more,
      issue: issueShape(thread, scene),
      comment: commentShape(remark, thread, scene),
    });
    return teller(repository, 'issue_comment', { id, login: remark.login, body });
  };
  return {
    comment(repository, { issue, body, login }) {
      const { threads, comments } = rooms.room(repository);
      const thread =
        threads.get(issue) ?? rooms.open(repository, { title: `Issue ${issue}`, body: '' }, { number: issue });
      const remark = rooms.remark(body, login);
      thread.comments += 1;
      comments.set(remark.id, { remark, thread });
      return tell(repository, remark.id, { action: 'created' });
    },
    async editComment(repository, { id, body }) {
      const changes = edit(rooms.comment(repository, id).remark, { body }, now());
      return tell(repository, id, { action: 'edited', changes });
    },
    async deleteComment(repository, { id }) {
      const said = tell(repository, id, { action: 'deleted' });
      rooms.room(repository).comments.delete(id);
      return said;
    },
  };
};

/** Starts without any issue, pull request or comment. */
export const createTalk = (needs: TalkNeeds): Talk => {
  const { hooks, place, now } = needs;
  const rooms = createRooms(now);
  const teller: Teller = async (name, event, { id, login, body }) => {
    const repository = needs.find(name);
    const about = { repository: repositoryShape(repository, place), sender: userShape(login, place), installation };
    const payload = { ...body({ repository, place }), ...about };
    return { id, payload, delivery: await hooks.deliver(event, payload) };
  };
  return {
    ...issueTalk(rooms, teller, now),
    ...commentTalk(rooms, teller, now),
    ...createPullTalk(rooms, teller, needs),
  };
};
