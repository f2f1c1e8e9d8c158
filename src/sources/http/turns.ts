import type { Clock } from '../../core/clock.ts';
import type { IngressCall } from '../../core/ingress.ts';
import { unlessStopped } from '../waiting.ts';

export interface TurnsNeeds {
  readonly clock: Clock;
  /** How long a call waits for its turn (ms). */
  readonly patienceMs: number;
  /** From here on none waits. */
  readonly stop: AbortSignal;
  readonly lobby: Lobby;
}

/** More do not wait, of one sender and of all: a small body is in memory by then, and one connection may bring many. */
const MOST_OF_ONE = 400;
const MOST_WAITING = 1_000;

/** How many calls of all senders wait. */
export interface Lobby {
  waiting: number;
}

/** So many calls at once; the next ones wait until one leaves, in order. */
export const createTurns = (most: number, { clock, patienceMs, stop, lobby }: TurnsNeeds) => {
  /** Each hears whether its turn came. */
  const waiting = new Set<(came: boolean) => void>();
  let taken = 0;

  const waited = (whenGone: IngressCall['whenGone']): Promise<boolean> =>
    new Promise((resolve) => {
      const over = new AbortController();
      const wake = (came: boolean): void => {
        if (!waiting.delete(wake)) return;
        lobby.waiting -= 1;
        over.abort();
        resolve(came);
      };
      const giveUp = (): void => wake(false);
      waiting.add(wake);
      lobby.waiting += 1;
      whenGone(giveUp);
      unlessStopped(clock.sleep(patienceMs, over.signal), stop).then(giveUp, giveUp);
    });

  return {
    /** False: too many wait, or the turn did not come in time. */
    async take(whenGone: IngressCall['whenGone']): Promise<boolean> {
      if (taken >= most) return waiting.size < MOST_OF_ONE && lobby.waiting < MOST_WAITING && waited(whenGone);
      taken += 1;
      return true;
    },
    leave(): void {
      const [next] = waiting;
      if (next) next(true);
      else taken -= 1;
    },
    get taken(): number {
      return taken;
    },
  };
};
