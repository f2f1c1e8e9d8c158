import { OPEN, type Remark, reactions, type Thread, urls, written } from './issue-shapes.ts';
import { idOf, type Json, nodeId, type Scene, stamp } from './shapes.ts';

const CATEGORY = {
  id: 36_000_001,
  node_id: nodeId('DiscussionCategory', 36_000_001),
  emoji: ':speech_balloon:',
  name: 'General',
  description: 'Chat about anything and everything here',
  slug: 'general',
  is_answerable: false,
};

const discussionId = (thread: Thread, scene: Scene): number => idOf(`${urls(scene).html}/discussions/${thread.number}`);

export const discussionShape = (thread: Thread, scene: Scene): Json => {
  const { api, html } = urls(scene);
  const id = discussionId(thread, scene);
  const at = stamp(scene.repository.createdAt);
  return {
    repository_url: api,
    category: { ...CATEGORY, repository_id: scene.repository.id, created_at: at, updated_at: at },
    ...{ answer_html_url: null, answer_chosen_at: null, answer_chosen_by: null, active_lock_reason: null },
    html_url: `${html}/discussions/${thread.number}`,
    id,
    node_id: nodeId('Discussion', id),
    number: thread.number,
    title: thread.title,
    state: OPEN.state,
    state_reason: null,
    locked: OPEN.locked,
    comments: thread.comments,
    ...written(thread, scene.place),
    reactions: reactions(`${api}/discussions/${thread.number}`),
    timeline_url: `${api}/discussions/${thread.number}/timeline`,
    labels: [],
  };
};

export const discussionCommentShape = (comment: Remark, thread: Thread, scene: Scene): Json => {
  const { api, html } = urls(scene);
  return {
    id: comment.id,
    node_id: nodeId('DiscussionComment', comment.id),
    html_url: `${html}/discussions/${thread.number}#discussioncomment-${comment.id}`,
    parent_id: null,
    child_comment_count: 0,
    repository_url: api,
    discussion_id: discussionId(thread, scene),
    ...written(comment, scene.place),
    reactions: reactions(`${api}/discussions/comments/${comment.id}`),
  };
};
