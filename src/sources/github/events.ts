import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import type { Fact } from '../../core/facts.ts';
import type { Emit } from '../../core/fragment.ts';
import type { Source } from '../source.ts';
import { nextPage, wholeBody } from './answer.ts';
import type { GithubClient } from './client.ts';
import type { Cursors } from './cursors.ts';
import { pushOfMade } from './events-branch.ts';
import type { Intake } from './intake.ts';
import { readJson64 } from './json64.ts';
import { GithubRefusal } from './refusal.ts';

export interface GithubEventsNeeds {
  readonly github: GithubClient;
  /** `owner/name`: those from which no webhook reaches us. */
  readonly repositories: readonly string[];
  readonly intake: Intake;
  readonly cursors: Cursors;
  readonly clock: Clock;
  /** The shortest time between two looks (ms); GitHub may ask for more. */
  readonly leastMs?: number;
  note(fact: Fact): void;
}

const MINUTE = 60_000;
/** GitHub lists no more than 300 events. */
const MOST_PAGES = 3;
/** Twice as many: what is listed now, and what a late one may have pushed out. */
const MOST_SEEN = 600;
/** Repositories asked at once: GitHub allows 100 calls under way, of all we do. */
const AT_ONCE = 8;
const source = 'github-events';

/**
 * Any field but the id may be null, or be missing: what is there is read.
 * https://docs.github.com/en/rest/using-the-rest-api/github-event-types
 */
const Event = z.object({
  id: z.string().regex(/^\d{1,20}$/),
  type: z
    .string()
    .regex(/^[A-Za-z]{1,64}$/)
    .catch('unknown'),
  actor: z.object({ login: z.string() }).nullish().catch(undefined),
  payload: z.record(z.string(), z.unknown()).catch({}),
  created_at: z.string().nullish().catch(undefined),
});
type Told = z.infer<typeof Event>;

/**
 * Repositories without a webhook, by the Events API: half a minute to six hours late, as GitHub says. A conditional request
 * that finds nothing new costs nothing. https://docs.github.com/en/rest/activity/events#list-repository-events
 */
export const githubEvents = (needs: GithubEventsNeeds): Source => ({
  name: source,
  replayable: true,
  async run(emit, stop) {
    const inTurn = createTurns(AT_ONCE);
    await Promise.all(needs.repositories.map((repo) => follow(repo, needs, { emit, stop, inTurn })));
  },
});

interface Way {
  readonly emit: Emit;
  readonly stop: AbortSignal;
  readonly inTurn: ReturnType<typeof createTurns>;
}

/** Does so many at once; what comes meanwhile waits for its turn. */
const createTurns = (most: number) => {
  const waiting: (() => void)[] = [];
  let free = most;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return work().finally(() => {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    });
  };
};

const follow = async (repo: string, needs: GithubEventsNeeds, way: Way): Promise<void> => {
  const { clock, leastMs = MINUTE, note } = needs;
  let etag: string | undefined;
  while (!way.stop.aborted) {
    let waitMs = leastMs;
    try {
      const looked = await way.inTurn(() => look(repo, etag, { ...needs, ...way }));
      etag = looked.etag;
      waitMs = Math.max(leastMs, looked.pollMs);
    } catch (error) {
      if (way.stop.aborted) return;
      // What was not taken is listed again.
      if (error instanceof GithubRefusal) waitMs = error.waitMs ?? leastMs;
      const code = codeOf(error);
      const why = error instanceof Error ? error.message : 'failed';
      // The topic says itself what ails it.
      if (!code.startsWith('topic.')) note({ type: 'fault.raised', code, detail: `events of ${repo}: ${why}` });
    }
    await clock.sleep(waitMs, way.stop);
  }
};

const codeOf = (error: unknown) => {
  if (error instanceof Fault) return error.code;
  return error instanceof GithubRefusal ? 'github.refused' : 'internal.unexpected';
};

/** Reads what is new, oldest first, and remembers it. */
const look = async (repo: string, etag: string | undefined, needs: GithubEventsNeeds & Way) => {
  const { cursors, intake, clock, emit, stop, note } = needs;
  const name = `events ${repo}`;
  const before = cursors.get(name);
  const seen = before?.split(' ') ?? [];
  const { events, ...poll } = await fresh(repo, new Set(seen), { ...needs, etag });
  // The first look reads the past; it may be empty.
  const mode = before === undefined ? 'backfill' : 'live';
  try {
    for (const event of events.toReversed()) {
      const made = event.type === 'CreateEvent' ? await pushOfMade(event.payload, repo, needs) : undefined;
      const all = [
        { ...event, name: nameOf(event.type) },
        ...(made ? [{ ...event, name: 'push', payload: made }] : []),
      ];
      for (const { name: kind, ...one } of all) {
        const bytes = Buffer.from(JSON.stringify(payloadOf(one, repo)));
        const receivedAt = Date.parse(event.created_at ?? '') || clock.now();
        const end = await intake({ event: kind, source, bytes, mode, receivedAt }, { emit, stop, giveUp: stop });
        if (end === 'malformed') note({ type: 'source.rejected', source, reason: 'malformed', detail: event.type });
      }
      seen.unshift(event.id);
    }
  } finally {
    const known = seen.slice(0, MOST_SEEN).join(' ');
    if (known !== before) await cursors.set(name, known);
  }
  return poll;
};

/** Events that were not seen, newest first. One may be listed late, behind any number of newer ones: all are read. */
const fresh = async (
  repo: string,
  seen: ReadonlySet<string>,
  { github, stop, note, etag }: GithubEventsNeeds & Way & { etag: string | undefined },
) => {
  const events = new Map<string, Told>();
  const poll = { etag, pollMs: 0 };
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const conditional = page === 1 && etag ? { 'if-none-match': etag } : {};
    const path = `/repos/${repo}/events?per_page=100&page=${page}`;
    const answer = await github.ask({ path, headers: conditional, stop }).catch((error: unknown) => {
      if (error instanceof GithubRefusal && error.status === 304) return error;
      throw error;
    });
    const { headers } = answer;
    poll.pollMs = Math.max(poll.pollMs, Number(headers['x-poll-interval'] ?? 0) * 1_000);
    if (answer instanceof GithubRefusal) break;
    // Only the first page's tag tells whether anything is new; its quotes belong to it.
    if (page === 1) poll.etag = headers['etag'] === undefined ? undefined : String(headers['etag']);
    const { data: all } = z.array(z.unknown()).safeParse(readJson64(await wholeBody(answer.body)));
    if (!all) throw new GithubRefusal(200, 'an answer that is no list of events');
    const told = all.flatMap((one) => Event.safeParse(one).data ?? []);
    const without = all.length - told.length;
    if (without > 0)
      note({ type: 'source.rejected', source, reason: 'malformed', detail: `${without} events without an id` });
    for (const one of told) if (!seen.has(one.id)) events.set(one.id, one);
    if (!nextPage(String(headers['link'] ?? ''))) break;
  }
  return { events: [...events.values()], ...poll };
};

/** `PullRequestReviewEvent` → `pull_request_review`, as webhooks name it. */
const nameOf = (type: string): string =>
  type
    .replace(/Event$/, '')
    .replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`)
    .toLowerCase();

/** The payload as a webhook would have it. Since October 2025 a push lists no commits: `before` and `head` are compared. */
const payloadOf = ({ payload, actor }: Told, repo: string) => ({
  ...payload,
  ...(payload['head'] !== undefined && payload['push_id'] !== undefined && { after: payload['head'] }),
  repository: { full_name: repo },
  sender: actor,
});
