import type { Delivery, Hooks } from './hooks.ts';
import type { Hosted } from './repositories.ts';
import type { Json, Place, Scene } from './shapes.ts';

/** What was said where, and the webhook that told it (none without a hook URL). */
interface Said {
  /** The number of an issue or pull request; else the id of the comment or review. */
  readonly id: number;
  readonly payload: Json;
  readonly delivery: Delivery | undefined;
}

/** What people write on GitHub outside of git; each call sends the webhook GitHub would send. */
export interface Talk {
  openIssue(repository: string, issue: { title: string; body: string; login?: string }): Promise<Said>;
  editIssue(repository: string, issue: { number: number; title?: string; body?: string }): Promise<Said>;
  /** Comments on an issue or pull request; an unknown number becomes an issue without a webhook of its own. */
  comment(repository: string, comment: { issue: number; body: string; login?: string }): Promise<Said>;
  editComment(repository: string, comment: { id: number; body: string }): Promise<Said>;
  deleteComment(repository: string, comment: { id: number }): Promise<Said>;
  /** Opens a pull request from `head` (a branch) into main. */
  openPullRequest(
    repository: string,
    pull: { title: string; body: string; head: string; login?: string },
  ): Promise<Said>;
  editPullRequest(repository: string, pull: { number: number; title?: string; body?: string }): Promise<Said>;
  review(repository: string, review: { number: number; body: string; login?: string }): Promise<Said>;
  reviewComment(repository: string, on: { number: number; path: string; body: string; login?: string }): Promise<Said>;
  commitComment(repository: string, comment: { sha: string; body: string; login?: string }): Promise<Said>;
}

export interface TalkNeeds {
  readonly find: (repository: string) => Hosted;
  readonly hooks: Hooks;
  readonly place: Place;
  readonly now: () => number;
}

/** What is about to be told; the repository, the sender and the installation are added to `body`. */
interface Told {
  readonly id: number;
  readonly login: string;
  readonly body: (scene: Scene) => Json;
}

/** Sends one event of a repository. */
export type Teller = (repository: string, event: string, told: Told) => Promise<Said>;
