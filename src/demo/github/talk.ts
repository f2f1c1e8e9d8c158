import type { Delivery } from './hooks.ts';
import type { Json } from './shapes.ts';
import type { Told } from './world.ts';

/** What was said where, and the webhook that told it (none without a hook URL). */
export interface Said {
  /** The number of an issue, pull request or discussion; else the id of what was made. */
  readonly id: number;
  readonly payload: Json;
  readonly delivery: Delivery | undefined;
}

interface Text {
  readonly title: string;
  readonly body: string;
  readonly login?: string;
}

/** What people write on GitHub outside of git; each call sends the webhook GitHub would send. */
export interface Talk {
  openIssue(repository: string, issue: Text): Promise<Said>;
  editIssue(repository: string, issue: { number: number; title?: string; body?: string }): Promise<Said>;
  /** Comments on an issue or pull request; an unknown number becomes an issue without a webhook of its own. */
  comment(repository: string, comment: { issue: number; body: string; login?: string }): Promise<Said>;
  /** Edits a comment of any kind that can be edited; that of a commit sends no webhook. */
  editComment(repository: string, comment: { id: number; body: string }): Promise<Said>;
  deleteComment(repository: string, comment: { id: number }): Promise<Said>;
  startDiscussion(repository: string, discussion: Text): Promise<Said>;
  commentDiscussion(repository: string, comment: { number: number; body: string; login?: string }): Promise<Said>;
  /** Opens a pull request from `head` (a branch) into main. */
  openPullRequest(repository: string, pull: Text & { head: string }): Promise<Said>;
  editPullRequest(repository: string, pull: { number: number; title?: string; body?: string }): Promise<Said>;
  review(repository: string, review: { number: number; body: string; login?: string }): Promise<Said>;
  reviewComment(repository: string, on: { number: number; path: string; body: string; login?: string }): Promise<Said>;
  /** Resolves the thread that a review comment began. */
  resolveThread(repository: string, thread: { comment: number; login?: string }): Promise<Said>;
  commitComment(repository: string, comment: { sha: string; body: string; login?: string }): Promise<Said>;
}

/** Waits for the webhook that tells it. */
export const delivered = async (id: number, { payload, sent }: Told): Promise<Said> => ({
  id,
  payload,
  delivery: await sent,
});
