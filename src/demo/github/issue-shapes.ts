import { idOf, type Json, nodeId, type Place, type Repository, type Scene, stamp, userShape } from './shapes.ts';

/** An issue or a pull request; times in ms since 1970. */
export interface Thread {
  readonly number: number;
  readonly login: string;
  readonly createdAt: number;
  title: string;
  body: string;
  updatedAt: number;
  comments: number;
  readonly discussion?: true;
  readonly pull?: PullEnds;
}

/** The branches of a pull request and the commits at their ends; the head may be in a fork. */
interface PullEnds {
  readonly head: string;
  readonly base: string;
  headSha: string;
  readonly baseSha: string;
  readonly fork?: Repository;
}

/** A comment of any kind, or a review. */
export interface Remark {
  readonly id: number;
  readonly login: string;
  readonly createdAt: number;
  body: string;
  updatedAt: number;
}

/** Where the API and the web pages of the repository are. */
export const urls = ({ repository, place }: Scene) => ({
  api: `${place.api}/repos/${repository.fullName}`,
  html: `${place.html}/${repository.fullName}`,
});

const KINDS = ['+1', '-1', 'laugh', 'hooray', 'confused', 'heart', 'rocket', 'eyes'];

export const reactions = (of: string): Json => ({
  url: `${of}/reactions`,
  total_count: 0,
  ...Object.fromEntries(KINDS.map((kind) => [kind, 0])),
});

/** What everything that a person wrote has. */
export const written = (
  what: { readonly login: string; createdAt: number; updatedAt: number; body: string },
  place: Place,
) => ({
  user: userShape(what.login, place),
  body: what.body,
  created_at: stamp(what.createdAt),
  updated_at: stamp(what.updatedAt),
  author_association: 'CONTRIBUTOR',
});

/** The state of every thread: nothing here is ever closed. */
export const OPEN = {
  state: 'open',
  locked: false,
  assignee: null,
  assignees: [],
  milestone: null,
  labels: [],
  closed_at: null,
};

export const issueShape = (issue: Thread, scene: Scene): Json => {
  const { api, html } = urls(scene);
  const url = `${api}/issues/${issue.number}`;
  const pull = `${html}/pull/${issue.number}`;
  const id = idOf(url);
  return {
    url,
    repository_url: api,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: issue.pull ? pull : `${html}/issues/${issue.number}`,
    id,
    node_id: nodeId('Issue', id),
    number: issue.number,
    title: issue.title,
    comments: issue.comments,
    ...OPEN,
    ...written(issue, scene.place),
    active_lock_reason: null,
    performed_via_github_app: null,
    state_reason: null,
    reactions: reactions(url),
    ...(issue.pull && {
      draft: false,
      pull_request: {
        url: `${api}/pulls/${issue.number}`,
        html_url: pull,
        diff_url: `${pull}.diff`,
        patch_url: `${pull}.patch`,
        merged_at: null,
      },
    }),
  };
};

export const commentShape = (comment: Remark, issue: Thread, scene: Scene): Json => {
  const { api, html } = urls(scene);
  const url = `${api}/issues/comments/${comment.id}`;
  return {
    url,
    html_url: `${html}/${issue.pull ? 'pull' : 'issues'}/${issue.number}#issuecomment-${comment.id}`,
    issue_url: `${api}/issues/${issue.number}`,
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    ...written(comment, scene.place),
    reactions: reactions(url),
    performed_via_github_app: null,
  };
};

export const commitCommentShape = (comment: Remark, sha: string, scene: Scene): Json => {
  const { api, html } = urls(scene);
  return {
    url: `${api}/comments/${comment.id}`,
    html_url: `${html}/commit/${sha}#commitcomment-${comment.id}`,
    id: comment.id,
    node_id: nodeId('CommitComment', comment.id),
    ...{ position: null, line: null, path: null },
    commit_id: sha,
    ...written(comment, scene.place),
  };
};
