import { Fault } from '../../core/errors.ts';
import type { Emit } from '../../core/fragment.ts';
import { GivenUp, stopped } from '../waiting.ts';
import { linkedTo } from './answer.ts';
import type { Way } from './intake.ts';
import { type LostNeeds, recoverLost } from './lost.ts';
import { ownRepositories } from './own-repositories.ts';
import type { Hook, Places } from './places.ts';
import { GithubRefusal } from './refusal.ts';
import { isRepoName } from './repo-name.ts';
import { isSwept, sweep } from './sweep.ts';
import type { SweepNeeds, Swept } from './sweep-needs.ts';

export interface ReconcilerNeeds extends LostNeeds, Omit<SweepNeeds, 'stop' | 'want'> {
  /** Work waits. */
  wake(): void;
  readonly places: Places;
  /** Repositories that are looked at although nobody told us of them. */
  readonly repositories: readonly string[];
  readonly everyMs: number;
}

const HOUR = 3_600_000;
const FIRST_LOOK = 24 * HOUR;
const REFUSED_MS = 60_000;

/**
 * Looks, at the start and then again and again, for what did not reach us: deliveries that failed while we were away, and
 * what GitHub sends no webhook for.
 */
export const githubReconciler = (needs: ReconcilerNeeds) => ({
  /** Ends when `stop` fires. */
  async run(emit: Emit, stop: AbortSignal): Promise<void> {
    const { clock, github } = needs;
    const attempt = createAttempt(needs, stop);
    let listed = Number.NEGATIVE_INFINITY;
    while (!stop.aborted) {
      if (github.isApp && clock.monotonic() - listed >= HOUR) {
        listed = clock.monotonic();
        await attempt('repositories of the App', '', () => listInstalled(needs, stop));
      }
      await round(needs, attempt, { emit, stop, giveUp: stop });
      await pauseFor(needs, stop, () => lookAtNew(needs, attempt, stop));
    }
  },
});

/** `owner`: whose credential is used; while GitHub wants it to be silent, nothing is tried. */
type Attempt = (what: string, owner: string, work: () => Promise<void>) => Promise<void>;

/** What fails is said, and goes again in the next round. */
const createAttempt = ({ note, clock, github }: ReconcilerNeeds, stop: AbortSignal): Attempt => {
  const silentUntil = new Map<string, number>();
  return async (what, owner, work) => {
    // A token is one for all owners.
    const credential = github.isApp ? owner.split('/', 1).join() : '';
    if (stop.aborted || (silentUntil.get(credential) ?? 0) > clock.now()) return;
    await work().catch((error: unknown) => {
      if (stop.aborted || error instanceof GivenUp) return;
      const { waitMs, status } = error instanceof GithubRefusal ? error : { waitMs: undefined, status: 0 };
      const pauseMs = waitMs ?? (status === 401 ? REFUSED_MS : 0);
      silentUntil.set(credential, clock.now() + pauseMs);
      const detail = `${what}: ${error instanceof Error ? error.message : 'failed'}`;
      note({ type: 'fault.raised', code: codeOf(error), detail });
    });
  };
};

const round = async (needs: ReconcilerNeeds, attempt: Attempt, way: Way): Promise<void> => {
  const { places, github } = needs;
  const hooks = places.hooks().filter(({ kind }) => kind !== 'app');
  const all: readonly Hook[] = github.isApp ? [...hooks, { id: 'app', kind: 'app', owner: '' }] : hooks;
  for (const hook of all)
    await attempt(`deliveries of ${hook.owner || 'the App'}`, hook.owner, () => recoverLost(hook, needs, way));
  for (const repo of repositoriesOf(needs))
    await attempt(repo.name, repo.name, () => sweep(repo, sweeping(needs, way.stop)));
};

/** Those of the settings are ours from the beginning of time; their first look is bounded by what GitHub lists. */
const repositoriesOf = ({ places, repositories, clock }: ReconcilerNeeds): readonly Swept[] => {
  const named = repositories.map((name) => ({ name, since: clock.now() - FIRST_LOOK }));
  return [...new Map([...named, ...places.repositories()].map((one) => [one.name.toLowerCase(), one])).values()];
};

const sweeping = (needs: ReconcilerNeeds, stop: AbortSignal): SweepNeeds => ({
  ...needs,
  stop,
  async want(wanted, word) {
    if (wanted.length === 0) return;
    await needs.deliveries.accept({ ...word, wanted });
    needs.wake();
  },
});

/** Where branches and tags stand is noted as soon as a repository is known: an outage may begin at any time. */
const lookAtNew = async (needs: ReconcilerNeeds, attempt: Attempt, stop: AbortSignal): Promise<void> => {
  for (const repo of repositoriesOf(needs).filter(({ name }) => !isSwept(name, needs)))
    await attempt(repo.name, repo.name, () => sweep(repo, sweeping(needs, stop)));
};

/** Until the next round; `look` is called when a repository is new. */
const pauseFor = async ({ clock, places, everyMs }: ReconcilerNeeds, stop: AbortSignal, look: () => Promise<void>) => {
  const over = linkedTo(stop);
  void clock.sleep(everyMs, over.signal).then(() => over.abort());
  while (!over.signal.aborted) {
    await Promise.race([places.fresh(), stopped(over.signal)]);
    if (!over.signal.aborted) await look();
  }
};

const codeOf = (error: unknown) => {
  if (error instanceof Fault) return error.code;
  if (!(error instanceof GithubRefusal)) return 'internal.unexpected';
  if (error.waitMs !== undefined) return 'github.rate-limited';
  return error.status === 401 ? 'github.credential-refused' : 'github.refused';
};

/** Every repository that the App was given. */
const listInstalled = async ({ github, places }: ReconcilerNeeds, stop: AbortSignal): Promise<void> => {
  for await (const repo of ownRepositories(github, stop)) if (isRepoName(repo)) await places.saw({ repo });
};
