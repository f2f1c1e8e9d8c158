import type { Clock } from '../../core/clock.ts';
import type { Fact, RecordFact } from '../../core/facts.ts';
import type { Emit } from '../../core/fragment.ts';
import type { WorkKind } from '../../core/github-facts.ts';
import type { Store } from '../../core/store.ts';
import { createFlowNames } from '../waiting.ts';
import { scanAlert } from './alert.ts';
import { scanAnnotations } from './annotations.ts';
import type { GithubClient } from './client.ts';
import { scanCommit } from './commit.ts';
import { type Cursors, createCursors } from './cursors.ts';
import { createDeliveries, type GithubDeliveries } from './deliveries.ts';
import { scanArtifact, scanAsset, scanJobLog, scanRunLog } from './download.ts';
import { createHistory, type GitPlace, type History } from './history.ts';
import { createIntake, type Intake } from './intake.ts';
import { scanListing } from './listing.ts';
import { createParser, type ParserLimits } from './parse.ts';
import { createPlaces, type Places } from './places.ts';
import { scanPull } from './pull.ts';
import { scanRange } from './range.ts';
import { GithubRefusal } from './refusal.ts';
import { createWritten } from './renames.ts';
import { defaultRetryDelays, type RetryDelays } from './retry.ts';
import { scanTag } from './tag.ts';
import { createTurn, type Turn } from './turn.ts';
import type { WorkList } from './work-list.ts';
import { createWorkList } from './work-table.ts';
import { createWorker, type ScanWork, type Worker } from './worker.ts';

export interface GithubWorkNeeds {
  /** Without it nothing is fetched: each thing is `unscanned` until there is one. */
  readonly github?: GithubClient | undefined;
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  /** Without it nothing is read by git: that is `unscanned`. */
  readonly git?: GitPlace | undefined;
  readonly limits?: Partial<WorkLimits>;
}

export interface WorkLimits {
  /** Quick things fetched at once. */
  readonly concurrency: number;
  readonly delays: RetryDelays;
  readonly parser: Partial<ParserLimits>;
}

/** What GitHub told us and what is to be fetched because of it: shared by all who hear of GitHub. */
export interface GithubWork {
  readonly list: WorkList;
  readonly deliveries: GithubDeliveries;
  readonly places: Places;
  readonly cursors: Cursors;
  readonly intake: Intake;
  /** Something new waits. */
  wake(): void;
  /** Whose it is to fetch what waits. */
  readonly turn: Turn;
  /** Fetches and scans what waits, until `stop` fires; whoever calls it has the turn. */
  workOff(emit: Emit, stop: AbortSignal): Promise<void>;
  /** The same, once it is our turn. */
  run(emit: Emit, stop: AbortSignal): Promise<void>;
}

/** Things that take seconds. */
const quick: Readonly<Partial<Record<WorkKind, ScanWork>>> = {
  ...{ commit: scanCommit, range: scanRange, pull: scanPull, tag: scanTag },
  ...{ 'job-log': scanJobLog, annotations: scanAnnotations, alert: scanAlert },
};
/** Things that may take minutes must not stand in their way. */
const long = ({ scanHistory, scanWiki }: History): Readonly<Partial<Record<WorkKind, ScanWork>>> => ({
  ...{ asset: scanAsset, artifact: scanArtifact, 'run-log': scanRunLog, listing: scanListing },
  ...{ history: scanHistory, wiki: scanWiki },
});
const noGit: ScanWork = async () => {
  throw new GithubRefusal(0, 'there is no place for git here', { unreadable: true });
};
const noHistory: History = { scanHistory: noGit, scanWiki: noGit, removeLeft: async () => undefined };
const LONG_AT_ONCE = 3;
/** A past is read for hours: what strangers can read now, and what just happened, does not wait for two of them. */
const LONG_KEPT = 1;

const NO_CLIENT = 'no-client';
const HOUR = 3_600_000;
/** So long what is done is known (ms): GitHub redelivers for 3 days, GitHub Enterprise Server for 7. */
export const REMEMBERED = 7 * 24 * HOUR;
/** What could not be read is tried again so often, for so long. */
const REVIVE_EVERY = 24 * HOUR;
const REVIVED = 30 * 24 * HOUR;

const defaults: WorkLimits = { concurrency: 8, delays: defaultRetryDelays, parser: {} };

export const createGithubWork = (needs: GithubWorkNeeds): GithubWork => {
  const { github, clock, store } = needs;
  const limits = { ...defaults, ...needs.limits };
  const list = createWorkList(store);
  const deliveries = createDeliveries(store, list);
  const places = createPlaces(store, clock);
  const cursors = createCursors(store);
  const parser = createParser(clock, limits.parser);
  const shared = {
    ...{ list, cursors, parser, clock, nextFlow: createFlowNames('github') },
    // Facts of sources are not journaled, so nothing is lost with a rejection.
    note: (fact: Fact): void => void needs.record(fact).catch(() => undefined),
  };
  const history = needs.git ? createHistory(needs.git) : noHistory;
  const workers: Worker[] = [];
  const wake = (): void => {
    for (const worker of workers) worker.wake();
  };
  if (github) {
    const doing = { ...shared, github, more: wake, delays: limits.delays };
    workers.push(createWorker({ ...doing, kinds: quick, concurrency: limits.concurrency }));
    workers.push(createWorker({ ...doing, kinds: long(history), concurrency: LONG_AT_ONCE, kept: LONG_KEPT }));
  }

  const workOff = async (emit: Emit, stop: AbortSignal): Promise<void> => {
    if (github) await Promise.all([list.release(), list.revive({ reason: NO_CLIENT }), history.removeLeft(list)]);
    if (github?.authenticated === false)
      shared.note({ type: 'fault.raised', code: 'github.unauthenticated', detail: 'GitHub is asked as a stranger' });
    await Promise.all([
      ...workers.map((worker) => worker.run(emit, stop)),
      keepTidy({ list, deliveries, cursors, clock, wake }, stop),
    ]);
    await parser.close();
  };
  const turn = createTurn(store, clock);

  return {
    ...{ list, deliveries, places, wake, cursors, turn, workOff },
    intake: createIntake({
      ...{ ...shared, deliveries, places, cursors, wake },
      written: createWritten(store),
      unfetched: github ? undefined : NO_CLIENT,
    }),
    async run(emit, stop) {
      const end = await turn.wait(stop);
      if (end) await workOff(emit, stop).finally(end);
      else await parser.close();
    },
  };
};

type Tidying = Pick<GithubWork, 'list' | 'deliveries' | 'cursors' | 'wake'> & { readonly clock: Clock };

/** Forgets what is long done, and lets what could not be read be tried again. */
const keepTidy = async ({ list, deliveries, cursors, clock, wake }: Tidying, stop: AbortSignal): Promise<void> => {
  while (!stop.aborted) {
    const then = clock.now() - REMEMBERED;
    // A full disk: in an hour again.
    await Promise.all([list.prune(then), deliveries.prune(then)]).catch(() => undefined);
    // However often we were started meanwhile.
    if (clock.now() - Number(cursors.get('revived') ?? 0) >= REVIVE_EVERY) {
      const reviving = list.revive({ since: clock.now() - REVIVED });
      await reviving.then(() => cursors.set('revived', `${clock.now()}`)).then(wake, () => undefined);
    }
    await clock.sleep(HOUR, stop);
  }
};
