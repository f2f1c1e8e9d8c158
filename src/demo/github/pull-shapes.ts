import { OPEN, type Remark, reactions, type Thread, urls, written } from './issue-shapes.ts';
import { ownerShape, repositoryShape } from './repository-shapes.ts';
import { idOf, type Json, nodeId, type Scene } from './shapes.ts';

const pullLinks = (number: number, scene: Scene) => {
  const { api, html } = urls(scene);
  const [url, issue] = [`${api}/pulls/${number}`, `${api}/issues/${number}`];
  return {
    url,
    html_url: `${html}/pull/${number}`,
    issue_url: issue,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
  };
};

const side = (branch: string, sha: string, { repository, place }: Scene): Json => ({
  label: `${repository.owner}:${branch}`,
  ref: branch,
  sha,
  user: ownerShape(repository, place),
  repo: repositoryShape(repository, place),
});

/** The pull request of reviews: what the full one has, without the counts. */
export const simplePullShape = (thread: Thread, scene: Scene): Json => {
  const { head = 'main', base = 'main', headSha = '', baseSha = '', fork } = thread.pull ?? {};
  const links = pullLinks(thread.number, scene);
  const statuses = `${urls(scene).api}/statuses/${headSha}`;
  const id = idOf(links.url);
  const link = (href: string) => ({ href });
  return {
    ...links,
    id,
    node_id: nodeId('PullRequest', id),
    diff_url: `${links.html_url}.diff`,
    patch_url: `${links.html_url}.patch`,
    statuses_url: statuses,
    number: thread.number,
    title: thread.title,
    ...OPEN,
    ...written(thread, scene.place),
    merged_at: null,
    merge_commit_sha: null,
    requested_reviewers: [],
    requested_teams: [],
    draft: false,
    head: side(head, headSha, fork ? { ...scene, repository: fork } : scene),
    base: side(base, baseSha, scene),
    _links: {
      self: link(links.url),
      html: link(links.html_url),
      issue: link(links.issue_url),
      comments: link(links.comments_url),
      review_comments: link(links.review_comments_url),
      review_comment: link(links.review_comment_url),
      commits: link(links.commits_url),
      statuses: link(statuses),
    },
    auto_merge: null,
    active_lock_reason: null,
  };
};

const UNMERGED = { merged: false, merged_by: null, mergeable: null, rebaseable: null, mergeable_state: 'unknown' };
const COUNTS = { review_comments: 0, commits: 1, additions: 0, deletions: 0, changed_files: 0 };

export const pullShape = (thread: Thread, scene: Scene): Json => ({
  ...simplePullShape(thread, scene),
  ...UNMERGED,
  ...COUNTS,
  comments: thread.comments,
  maintainer_can_modify: false,
});

const ofPull = (thread: Thread, anchor: string, scene: Scene) => {
  const { url, html_url: page } = pullLinks(thread.number, scene);
  const html = `${page}#${anchor}`;
  return { html_url: html, pull_request_url: url, _links: { html: { href: html }, pull_request: { href: url } } };
};

export const reviewShape = (review: Remark, thread: Thread, scene: Scene): Json => {
  const { created_at: submitted, updated_at: _, ...rest } = written(review, scene.place);
  return {
    id: review.id,
    node_id: nodeId('PullRequestReview', review.id),
    ...rest,
    commit_id: thread.pull?.headSha ?? '',
    submitted_at: submitted,
    state: 'commented',
    ...ofPull(thread, `pullrequestreview-${review.id}`, scene),
  };
};

/** A comment on one line of a pull request's diff. */
export const reviewCommentShape = (comment: Remark, of: { thread: Thread; path: string }, scene: Scene): Json => {
  const url = `${urls(scene).api}/pulls/comments/${comment.id}`;
  const around = ofPull(of.thread, `discussion_r${comment.id}`, scene);
  const sha = of.thread.pull?.headSha ?? '';
  return {
    url,
    id: comment.id,
    node_id: nodeId('PullRequestReviewComment', comment.id),
    pull_request_review_id: comment.id,
    diff_hunk: '@@ -1 +1 @@',
    path: of.path,
    ...{ position: 1, original_position: 1, line: 1, original_line: 1, side: 'RIGHT' },
    ...{ start_line: null, original_start_line: null, start_side: null },
    ...{ commit_id: sha, original_commit_id: sha },
    ...written(comment, scene.place),
    ...around,
    _links: { self: { href: url }, ...around._links },
    reactions: reactions(url),
  };
};
