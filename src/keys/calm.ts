import type { Clock } from '../core/clock.ts';

/** After a failure, ms: a reading asks for each owner again, and a credential that is refused is so for a while. */
const REST_MS = { read: 600_000, follow: 60_000 } as const;

/** Does one of them, and lets it rest after a failure, which `failed` hears of. False: it failed, or rests. */
export const createCalm = (clock: Clock, failed: (name: string, error: unknown) => Promise<void>) => {
  const restUntil = new Map<string, number>();
  return async (name: keyof typeof REST_MS, work: () => Promise<boolean>): Promise<boolean> => {
    if (clock.monotonic() < (restUntil.get(name) ?? 0)) return false;
    try {
      return await work();
    } catch (error) {
      restUntil.set(name, clock.monotonic() + REST_MS[name]);
      await failed(name, error);
      return false;
    }
  };
};
