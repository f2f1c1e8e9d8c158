import * as z from 'zod';
import { Push, textsOfPush } from './push.ts';
import type { Text } from './text.ts';

const words = z.string().nullish();
const from = z.object({ from: words }).nullish();
/** What an edit replaced: it stays readable in the edit history, so it is still leaked. */
const changes = z.object({ title: from, body: from }).nullish();
const Thread = z.object({ number: z.number(), title: words, body: words, html_url: words });
const PullRequest = Thread.extend({ head: z.object({ ref: words }).nullish() });
const Comment = z.object({ body: words, html_url: words, diff_hunk: words, commit_id: words });
const Review = z.object({ body: words, html_url: words });

type Payload<T extends z.ZodType> = z.infer<T>;
type Changes = Payload<typeof changes>;

const textsOfThread = (repo: string, thread: Payload<typeof PullRequest>, edit?: Changes): readonly Text[] => {
  const at = `${repo}#${thread.number}`;
  const where = { link: thread.html_url, place: { thread: thread.number } };
  return [
    { locator: `${at} (title)`, ...where, text: thread.title },
    { locator: `${at} (body)`, ...where, text: thread.body },
    { locator: `${at} (branch name)`, ...where, text: thread.head?.ref },
    { locator: `${at} (title before an edit)`, ...where, text: edit?.title?.from },
    { locator: `${at} (body before an edit)`, ...where, text: edit?.body?.from },
  ];
};

interface Under {
  readonly at: string;
  readonly place: Text['place'];
}

const textsOfComment = ({ at, place }: Under, comment: Payload<typeof Comment>, edit?: Changes): readonly Text[] => {
  const where = { link: comment.html_url, place };
  return [
    { locator: `${at} (comment)`, ...where, text: comment.body },
    { locator: `${at} (comment before an edit)`, ...where, text: edit?.body?.from },
    { locator: `${at} (commented lines)`, ...where, text: comment.diff_hunk },
  ];
};

const underThread = (repo: string, number: number): Under => ({ at: `${repo}#${number}`, place: { thread: number } });

/** One event: the fields used of its payload, and which texts they hold. */
const event = <T extends z.ZodType>(schema: T, texts: (payload: z.infer<T>, repo: string) => readonly Text[]) => ({
  read: (json: unknown, repo: string): readonly Text[] | undefined => {
    const payload = schema.safeParse(json);
    return payload.success ? texts(payload.data, repo) : undefined;
  },
});

/**
 * The events whose texts a person should be led to exactly. The issue or pull request that a comment stands under comes
 * along: a key that was written there before we listened is found too.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
const events: Readonly<Record<string, ReturnType<typeof event>>> = {
  push: event(Push, textsOfPush),
  issues: event(z.object({ issue: Thread, changes }), (p, repo) => textsOfThread(repo, p.issue, p.changes)),
  issue_comment: event(z.object({ issue: Thread, comment: Comment, changes }), (p, repo) => [
    ...textsOfComment(underThread(repo, p.issue.number), p.comment, p.changes),
    ...textsOfThread(repo, p.issue),
  ]),
  commit_comment: event(z.object({ comment: Comment, changes }), (p, repo) => {
    const commit = p.comment.commit_id ?? undefined;
    return textsOfComment({ at: `${repo}@${commit ?? '?'}`, place: commit ? { commit } : {} }, p.comment, p.changes);
  }),
  pull_request: event(z.object({ pull_request: PullRequest, changes }), (p, repo) =>
    textsOfThread(repo, p.pull_request, p.changes),
  ),
  pull_request_review: event(z.object({ review: Review, pull_request: PullRequest, changes }), (p, repo) => {
    const { at, place } = underThread(repo, p.pull_request.number);
    const where = { link: p.review.html_url, place };
    return [
      { locator: `${at} (review)`, ...where, text: p.review.body },
      { locator: `${at} (review before an edit)`, ...where, text: p.changes?.body?.from },
      ...textsOfThread(repo, p.pull_request),
    ];
  }),
  pull_request_review_comment: event(z.object({ comment: Comment, pull_request: PullRequest, changes }), (p, repo) => [
    ...textsOfComment(underThread(repo, p.pull_request.number), p.comment, p.changes),
    ...textsOfThread(repo, p.pull_request),
  ]),
  pull_request_review_thread: event(
    z.object({ thread: z.object({ comments: z.array(Comment) }), pull_request: PullRequest }),
    (p, repo) => [
      ...p.thread.comments.flatMap((comment) => textsOfComment(underThread(repo, p.pull_request.number), comment)),
      ...textsOfThread(repo, p.pull_request),
    ],
  ),
};

/** The texts of an event that are known by their places; none of other events, or where the payload is of another shape. */
export const textsOf = (name: string, json: unknown, repo: string): readonly Text[] =>
  (Object.hasOwn(events, name) ? events[name]?.read(json, repo) : undefined) ?? [];
