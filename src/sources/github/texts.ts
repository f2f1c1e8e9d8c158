import * as z from 'zod';
import { commitsOfPush, Push, textsOfPush, type Unlisted, unlistedOfPush } from './push.ts';
import type { Text } from './text.ts';

/** One text that somebody wrote. It owns its memory, so that it moves between threads at no cost. */
export interface WrittenText {
  readonly locator: string;
  readonly link: string | undefined;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** All that is needed of one delivery. */
export interface DeliveryTexts {
  readonly repo: string;
  readonly actor: string | undefined;
  readonly texts: readonly WrittenText[];
  /** Commits to fetch. */
  readonly commits: readonly string[];
  readonly unlisted: readonly Unlisted[];
}

/** `owner/name`: it goes into URLs, so nothing else is let in. */
const repoName = z.string().regex(/^(?!\.+\/)[\w.-]{1,100}\/(?!\.+$)[\w.-]{1,100}$/);
const Envelope = z.object({
  repository: z.object({ full_name: repoName }),
  sender: z.object({ login: z.string().nullish() }).nullish(),
});

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
  const link = thread.html_url;
  return [
    { locator: `${at} (title)`, link, text: thread.title },
    { locator: `${at} (body)`, link, text: thread.body },
    { locator: `${at} (branch name)`, link, text: thread.head?.ref },
    { locator: `${at} (title before an edit)`, link, text: edit?.title?.from },
    { locator: `${at} (body before an edit)`, link, text: edit?.body?.from },
  ];
};

const textsOfComment = (at: string, comment: Payload<typeof Comment>, edit?: Changes): readonly Text[] => [
  { locator: `${at} (comment)`, link: comment.html_url, text: comment.body },
  { locator: `${at} (comment before an edit)`, link: comment.html_url, text: edit?.body?.from },
  { locator: `${at} (commented lines)`, link: comment.html_url, text: comment.diff_hunk },
];

/** One event: the fields used of its payload, and which texts they hold. */
const event = <T extends z.ZodType>(schema: T, texts: (payload: z.infer<T>, repo: string) => readonly Text[]) => ({
  read: (json: unknown, repo: string): readonly Text[] | undefined => {
    const payload = schema.safeParse(json);
    return payload.success ? texts(payload.data, repo) : undefined;
  },
});

/**
 * The events that are read, and the texts of each. The issue or pull request that a comment stands under comes along:
 * a key that was written there before we listened is found too.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
const events = {
  push: event(Push, textsOfPush),
  issues: event(z.object({ issue: Thread, changes }), (p, repo) => textsOfThread(repo, p.issue, p.changes)),
  issue_comment: event(z.object({ issue: Thread, comment: Comment, changes }), (p, repo) => [
    ...textsOfComment(`${repo}#${p.issue.number}`, p.comment, p.changes),
    ...textsOfThread(repo, p.issue),
  ]),
  commit_comment: event(z.object({ comment: Comment, changes }), (p, repo) =>
    textsOfComment(`${repo}@${p.comment.commit_id ?? '?'}`, p.comment, p.changes),
  ),
  pull_request: event(z.object({ pull_request: PullRequest, changes }), (p, repo) =>
    textsOfThread(repo, p.pull_request, p.changes),
  ),
  pull_request_review: event(z.object({ review: Review, pull_request: PullRequest, changes }), (p, repo) => {
    const { html_url: link, body } = p.review;
    const at = `${repo}#${p.pull_request.number}`;
    return [
      { locator: `${at} (review)`, link, text: body },
      { locator: `${at} (review before an edit)`, link, text: p.changes?.body?.from },
      ...textsOfThread(repo, p.pull_request),
    ];
  }),
  pull_request_review_comment: event(z.object({ comment: Comment, pull_request: PullRequest, changes }), (p, repo) => [
    ...textsOfComment(`${repo}#${p.pull_request.number}`, p.comment, p.changes),
    ...textsOfThread(repo, p.pull_request),
  ]),
} as const;

export type HandledEvent = keyof typeof events;

export const isHandled = (name: string): name is HandledEvent => Object.hasOwn(events, name);

const written = ({ locator, link, text }: Text): WrittenText[] =>
  text ? [{ locator, link: link ?? undefined, bytes: new TextEncoder().encode(text) }] : [];

/** The texts and commits of one payload; undefined when it does not have the shape that GitHub documents. */
export const readDelivery = (name: HandledEvent, json: unknown): DeliveryTexts | undefined => {
  const envelope = Envelope.safeParse(json);
  if (!envelope.success) return undefined;
  const repo = envelope.data.repository.full_name;
  const texts = events[name].read(json, repo)?.flatMap(written);
  if (!texts) return undefined;
  const push = name === 'push' ? Push.parse(json) : undefined;
  return {
    repo,
    actor: envelope.data.sender?.login ?? undefined,
    texts,
    commits: push ? commitsOfPush(push) : [],
    unlisted: push ? unlistedOfPush(push) : [],
  };
};
