import type { Json, Repository } from './shapes.ts';
import { actorShape, stamp } from './shapes.ts';

/** What happened, as the Events API tells it; `at` in ms since 1970. */
export interface Happened {
  readonly number: number;
  readonly repository: Repository;
  readonly at: number;
  readonly told: Json;
}

export interface FeedNeeds {
  readonly api: string;
  readonly now: () => number;
}

/** The Events API keeps 300 entries of at most 30 days. */
const MOST = 300;
const DAYS_30 = 30 * 24 * 3_600_000;

const TYPES: Readonly<Record<string, string>> = {
  push: 'PushEvent',
  create: 'CreateEvent',
  delete: 'DeleteEvent',
  issues: 'IssuesEvent',
  issue_comment: 'IssueCommentEvent',
  pull_request: 'PullRequestEvent',
  pull_request_review: 'PullRequestReviewEvent',
  pull_request_review_comment: 'PullRequestReviewCommentEvent',
  commit_comment: 'CommitCommentEvent',
  gollum: 'GollumEvent',
  release: 'ReleaseEvent',
  public: 'PublicEvent',
  fork: 'ForkEvent',
  discussion: 'DiscussionEvent',
};

const pick = (from: Json, names: readonly string[]): Json =>
  Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]));

/** Since October 2025 a pull request is told by its number, links and refs alone. */
const trimmedPull = (pull: Json): Json => {
  const side = (end: Json): Json => ({
    ...pick(end, ['ref', 'sha']),
    repo: pick((end['repo'] ?? {}) as Json, ['id', 'url', 'name']),
  });
  const { head, base } = pull as { head: Json; base: Json };
  return { ...pick(pull, ['url', 'id', 'number']), head: side(head), base: side(base) };
};

const PARTS = ['action', 'number', 'issue', 'comment', 'review', 'release', 'pages', 'forkee', 'discussion'];
const REF_PARTS = ['ref', 'ref_type', 'master_branch', 'description', 'pusher_type'];

/** The payload of the Events API, which since 7 October 2025 has no commits of a push. */
const payloadOf = (event: string, payload: Json, told: { repository: Repository; number: number }): Json => {
  if (event === 'push') {
    const { ref, before, after: head } = payload;
    return { repository_id: told.repository.id, push_id: 25_000_000_000 + told.number, ref, head, before };
  }
  if (event === 'create' || event === 'delete') {
    const kind = payload['ref_type'] === 'tag' ? 'tags' : 'heads';
    return { ...pick(payload, REF_PARTS), full_ref: `refs/${kind}/${payload['ref']}` };
  }
  const pull = payload['pull_request'] as Json | undefined;
  return { ...pick(payload, PARTS), ...(pull && { pull_request: trimmedPull(pull) }) };
};

/**
 * What the Events API tells of a webhook: of a push that makes a branch the making too, of one that deletes a branch
 * only that, and of a pushed tag nothing, for its `create` tells it.
 */
const toldOf = (event: string, payload: Json): readonly (readonly [event: string, payload: Json])[] => {
  const ref = String(payload['ref']);
  if (event !== 'push') return [[event, payload]];
  if (ref.startsWith('refs/tags/')) return [];
  const branch = { ref: ref.replace('refs/heads/', ''), ref_type: 'branch', pusher_type: 'user' };
  if (payload['deleted']) return [['delete', branch]];
  const made: Json = { ...branch, master_branch: 'main', description: null };
  return payload['created']
    ? [
        ['create', made],
        [event, payload],
      ]
    : [[event, payload]];
};

/** Remembers what happened for the Events API. */
export const createFeed = ({ api, now }: FeedNeeds) => {
  const all: Happened[] = [];
  const held = new Set<Happened>();
  let holding = 0;
  const addOne = (
    repository: Repository,
    event: string,
    { payload, login }: { payload: Json; login: string },
  ): void => {
    const type = TYPES[event];
    if (!type || (event === 'discussion' && payload['action'] !== 'created')) return;
    const number = all.length + 1;
    const told = {
      id: String(55_000_000_000 + number),
      type,
      actor: actorShape(login, api),
      repo: { id: repository.id, name: repository.fullName, url: `${api}/repos/${repository.fullName}` },
      payload: payloadOf(event, payload, { repository, number }),
      public: !repository.private,
      created_at: stamp(now()),
    };
    const happened = { number, repository, at: now(), told };
    all.push(happened);
    if (holding > 0) held.add(happened);
    holding = Math.max(0, holding - 1);
  };
  return {
    add(repository: Repository, event: string, { payload, login }: { payload: Json; login: string }): void {
      for (const [kind, told] of toldOf(event, payload)) addOne(repository, kind, { payload: told, login });
    },
    /** The next so many are listed late: when what this gives is called. */
    holdEvents(count: number): () => void {
      holding = count;
      return () => held.clear();
    },
    /** The newest 300 that a caller may see, newest first. */
    list: (seen: (repository: Repository) => boolean): Json[] =>
      all
        .filter((one) => now() - one.at <= DAYS_30 && seen(one.repository) && !held.has(one))
        .slice(-MOST)
        .reverse()
        .map(({ told }) => told),
  };
};

export type Feed = ReturnType<typeof createFeed>;
