/** The wait was given up: its signal fired. */
export class GivenUp extends Error {
  constructor() {
    super('the wait was given up');
    this.name = 'GivenUp';
  }
}

/** Settles like `work`, or rejects with `GivenUp` as soon as `signal` fires; the work itself goes on unheard. */
export const unlessStopped = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    const giveUp = (): void => reject(new GivenUp());
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });

/** Resolves when `signal` fires. */
export const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** What one loop waits for: a `ring` before `rung` is not lost. */
export interface Bell {
  ring(): void;
  rung(): Promise<void>;
}

export const createBell = (): Bell => {
  let pending = false;
  let wake = (): void => undefined;
  return {
    ring() {
      pending = true;
      wake();
    },
    async rung() {
      await new Promise<void>((resolve) => {
        if (pending) resolve();
        wake = resolve;
      });
      pending = false;
    },
  };
};

/** Names of flows that no other flow of this source has. */
export const createFlowNames = (prefix: string): (() => string) => {
  let last = 0;
  return () => {
    last += 1;
    return `${prefix}/${last}`;
  };
};
