import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { RecordFact } from '../../core/facts.ts';
import type { Channel, Notice } from '../../core/notice.ts';
import type { Store } from '../../core/store.ts';
import { isProved } from '../../core/verdict.ts';
import type { GithubClient } from './client.ts';
import { ownersOf, readCodeowners } from './codeowners.ts';
import { type CommentKey, type CommentPlace, createCommentTable, type DueComment } from './comment-table.ts';
import { commentText, defaultTemplate, incidentsIn } from './comment-text.ts';
import { readJson64 } from './json64.ts';
import { GithubRefusal } from './refusal.ts';
import { isRepoName } from './repo-name.ts';
import { runRounds } from './rounds.ts';

interface Needs {
  /** The calm one. */
  readonly github: GithubClient;
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  /** Text with the placeholders `{incidents}`, `{author}` and `{owners}`. */
  readonly template?: string | undefined;
  /** What nobody else can make of a text, the same in every process of ours: a comment that bears it is ours. */
  mark(text: string): string;
}

const CHANNEL = 'github-comment';
/** It may not be commented (a locked thread, a permission), or its issues are switched off: trying again would not help. */
const CLOSED = [403, 410];
/** What another responder began before it could see ours is written by then. */
const SETTLE_MS = 2_000;
const MOST_TURNS = 3;

/** https://docs.github.com/en/rest/issues/comments, https://docs.github.com/en/rest/commits/comments */
const Comment = z.object({ id: z.union([z.number(), z.string()]).transform(String), body: z.string().nullish() });
type Comment = z.infer<typeof Comment>;

/**
 * Comments where a key was exposed, once it is proved dead: one comment per issue, pull request or commit, changed in place
 * when another key of it dies. One that a person deleted is not posted again.
 */
export const createCommenter = (needs: Needs): Channel => {
  const { store, clock, record } = needs;
  const table = createCommentTable(store, clock);

  const act = async (due: DueComment, stop: AbortSignal): Promise<void> => {
    const keys = table.keys(due);
    const marks = [due.repo, ...table.formerNames(due.repo)].map((repo) => markOf({ ...due, repo }, needs));
    const comment = await write(due, keys, { ...needs, marks, stop });
    if (comment === 'deleted') return table.leave(due, keys, true);
    await table.said(due, comment, keys);
    for (const { incident } of untold(keys)) await record({ type: 'notice.sent', channel: CHANNEL, incident });
  };

  const giveUp = async (due: DueComment, { status, message: detail }: GithubRefusal): Promise<void> => {
    const keys = table.keys(due);
    await table.leave(due, keys, CLOSED.includes(status));
    for (const { incident } of untold(keys))
      await record({ type: 'notice.failed', channel: CHANNEL, incident, detail });
  };

  return {
    note: (notice) => (sql) => {
      const place = placeOf(notice);
      if (!place) return;
      const { incident, found } = notice;
      table.note(place, { incident, actor: found.actor, path: found.github?.path }, sql);
    },
    run: (stop) =>
      runRounds(
        { ...{ clock, record, act, giveUp }, ...table, hopeless: ({ status }) => CLOSED.includes(status) },
        stop,
      ),
  };
};

const untold = (keys: readonly CommentKey[]): readonly CommentKey[] => keys.filter(({ told }) => !told);

const placeOf = ({ outcome, found: { github } }: Notice): CommentPlace | undefined => {
  if (!github || !isRepoName(github.repo) || !isProved(outcome)) return undefined;
  const { repo, thread, commit } = github;
  if (thread !== undefined) return { repo, target: `issues/${thread}` };
  return commit && /^[0-9a-f]{40,64}$/.test(commit) ? { repo, target: `commits/${commit}` } : undefined;
};

interface Writing extends Omit<Needs, 'mark'> {
  /** The one that ours bears, and what it may have borne before the repository was renamed. */
  readonly marks: readonly string[];
  readonly stop: AbortSignal;
}

/**
 * Sees to it that one comment names every key; gives its id. Another responder of ours may be at it in the same seconds, and
 * GitHub has no condition for writing: what was written is looked at again.
 */
const write = async (due: DueComment, keys: readonly CommentKey[], needs: Writing): Promise<string | 'deleted'> => {
  const { clock, template = defaultTemplate, marks, stop } = needs;
  const [mark = ''] = marks;
  const owners = await owning(due.repo, keys, needs);
  let ours: Comment | undefined;
  for (let turn = 0; ; turn += 1) {
    const standing = due.comment === undefined ? await find(due, needs) : await read(due, due.comment, needs);
    if (standing === 'deleted') return standing;
    // The first that was posted stays.
    if (standing && ours && standing.id !== ours.id) await remove(due, ours, needs);
    const before = incidentsIn(standing?.body ?? '');
    const news = keys.map(({ incident }) => incident).filter((incident) => !before.includes(incident));
    if (standing && (news.length === 0 || standing.body === ours?.body)) return standing.id;
    // Not listed yet, or it is changed again and again.
    if (ours && (!standing || turn >= MOST_TURNS)) return ours.id;
    const actors = keys.map(({ actor }) => actor);
    const body = commentText(template, { incidents: [...before, ...news], actors, owners, mark });
    ours = { ...(await put(due, standing, { body, needs })), body };
    await clock.sleep(SETTLE_MS, stop);
  }
};

const put = async (
  due: DueComment,
  standing: Comment | undefined,
  { body, needs: { github, stop } }: { readonly body: string; readonly needs: Writing },
): Promise<Comment> => {
  const call = standing
    ? ({ method: 'PATCH', path: pathOf(due, standing.id) } as const)
    : ({ method: 'POST', path: listOf(due) } as const);
  return commentOf(await github.json({ ...call, body: { body }, stop }));
};

/** It may not be allowed: then there are two. */
const remove = async (due: DueComment, { id }: Comment, { github, stop }: Writing): Promise<void> => {
  await github.json({ method: 'DELETE', path: pathOf(due, id), stop }).catch((error: unknown) => {
    if (!(error instanceof GithubRefusal && [403, 404].includes(error.status) && error.waitMs === undefined))
      throw error;
  });
};

const markOf = ({ repo, target }: CommentPlace, { mark }: Needs): string =>
  `<!-- keyfuse ${mark(`${repo.toLowerCase()} ${target}`)} -->`;
const listOf = ({ repo, target }: CommentPlace): string => `/repos/${repo}/${target}/comments`;
const pathOf = ({ repo, target }: CommentPlace, id: string): string =>
  `/repos/${repo}/${target.startsWith('issues/') ? 'issues/' : ''}comments/${id}`;

const commentOf = (json: unknown): Comment => {
  const { data } = Comment.safeParse(json);
  if (!data) throw new GithubRefusal(200, 'an answer that is no comment');
  return data;
};

const read = async (due: DueComment, id: string, { github, stop }: Writing): Promise<Comment | 'deleted'> => {
  try {
    return commentOf(await github.json({ path: pathOf(due, id), stop }));
  } catch (error) {
    if (error instanceof GithubRefusal && error.status === 404) return 'deleted';
    throw error;
  }
};

/** Ours may stand there although we do not know it: its answer was lost, or another responder posted it. */
const find = async (due: DueComment, { github, marks, stop }: Writing): Promise<Comment | undefined> => {
  // All of them: the oldest come first, and there is no other order for these.
  for await (const page of github.pages({ path: `${listOf(due)}?per_page=100`, stop }, Number.POSITIVE_INFINITY)) {
    const { data } = z.array(Comment).safeParse(readJson64(page));
    if (!data) throw new GithubRefusal(200, 'an answer that is no list of comments');
    const ours = data.find(({ body }) => marks.some((mark) => body?.includes(mark)));
    if (ours) return ours;
  }
  return undefined;
};

/** Who is to be told beside the author. */
const owning = async (repo: string, keys: readonly CommentKey[], needs: Writing): Promise<readonly string[]> => {
  const paths = [...new Set(keys.flatMap(({ path }) => path ?? []))];
  if (paths.length === 0) return [];
  const codeowners = await readCodeowners(needs.github, repo, needs.stop);
  return paths.flatMap((path) => ownersOf(codeowners, path));
};
