import { discussionCommentShape, discussionShape } from './discussion-shapes.ts';
import { commentShape, commitCommentShape, issueShape } from './issue-shapes.ts';
import { reviewCommentShape, reviewShape, simplePullShape } from './pull-shapes.ts';
import type { Hosted } from './repositories.ts';
import type { Saying } from './rooms.ts';
import type { Json, Scene } from './shapes.ts';
import { type Told, tell, type World } from './world.ts';

/** A comment or review as the API tells it. */
export const remarkShape = ({ remark, on }: Saying, scene: Scene): Json => {
  if (on.kind === 'commit') return commitCommentShape(remark, on.sha, scene);
  if (on.kind === 'review') return reviewShape(remark, on.thread, scene);
  if (on.kind === 'line') return reviewCommentShape(remark, on, scene);
  return on.thread.discussion
    ? discussionCommentShape(remark, on.thread, scene)
    : commentShape(remark, on.thread, scene);
};

const EVENTS = {
  thread: 'issue_comment',
  review: 'pull_request_review',
  line: 'pull_request_review_comment',
  commit: 'commit_comment',
} as const;

const around = ({ on }: Saying, scene: Scene): Json => {
  if (on.kind === 'commit') return {};
  if (on.kind !== 'thread') return { pull_request: simplePullShape(on.thread, scene) };
  const { thread } = on;
  return thread.discussion ? { discussion: discussionShape(thread, scene) } : { issue: issueShape(thread, scene) };
};

/** Sends the webhook of a comment or review. */
export const tellRemark = (world: World, repository: Hosted, told: { saying: Saying; action: Json }): Told => {
  const { saying, action } = told;
  const { on, remark } = saying;
  const event = on.kind === 'thread' && on.thread.discussion ? 'discussion_comment' : EVENTS[on.kind];
  const body = (scene: Scene): Json => ({
    ...action,
    ...around(saying, scene),
    [on.kind === 'review' ? 'review' : 'comment']: remarkShape(saying, scene),
  });
  return tell(world, repository, { event, login: remark.login, body });
};
