import type { Backfill } from '../app-backfill.ts';

/** Who works the list off: we, or another process on the same data directory, for which we make way. */
export interface Hands {
  isOurs(): boolean;
  /** Did another process do it, or a part? */
  wereOthers(): boolean;
  /** Begins, makes way or takes over, whichever is due; says so. Rejects with what ended our work. */
  look(): Promise<void>;
  end(): Promise<void>;
}

export const createHands = (room: Pick<Backfill, 'turn' | 'work'>, tell: (text: string) => void): Hands => {
  let stop: AbortController | undefined;
  let running: Promise<void> = Promise.resolve();
  let failure: unknown;
  let theirs = false;
  let others = false;
  const end = async (): Promise<void> => {
    stop?.abort();
    stop = undefined;
    await running;
  };
  const begin = (release: () => void): void => {
    const quit = new AbortController();
    stop = quit;
    running = room
      .work(quit.signal)
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(release);
    if (theirs) tell('the daemon has ended: going on here');
    theirs = false;
  };
  const leave = (): void => {
    if (!theirs) tell('a daemon on this data directory does the work; this shows how far it is');
    theirs = true;
    others = true;
  };
  return {
    isOurs: () => stop !== undefined,
    wereOthers: () => others,
    async look() {
      if (failure !== undefined) throw failure;
      if (room.turn.isWanted()) {
        await end();
        return leave();
      }
      if (stop) return;
      const release = room.turn.ask();
      if (release) begin(release);
      else leave();
    },
    end,
  };
};
